"""The custom resource that migrates the ledger: a failed migration stops a deployment before functions are replaced.

It also returns the stream's brokers to the template, which no MSK resource does, so that environments need not request
them.
"""

import os
from collections.abc import Callable
from typing import Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush.errors import EventrushError
from eventrush.ledger.ledger import Ledger
from eventrush.settings import LedgerSettings, StreamSettings
from eventrush.stream.client import brokers
from migrate.custom_resource import Result, respond

# An index on millions of rows takes minutes; the rest of the function's 15 minutes is for the response.
STATEMENT_TIMEOUT_S: Final = 840
PHYSICAL_ID: Final = "eventrush-migrations"

logger = Logger()


@event_source(data_class=CloudFormationCustomResourceEvent)
def lambda_handler(event: CloudFormationCustomResourceEvent, _context: LambdaContext) -> None:
    """Apply missing migrations, and respond to CloudFormation in any case, because it waits for the response."""
    result = Result("FAILED", "MigrateFunction failed; its log says why.")
    try:
        result = apply(event.request_type, _brokers, _migrate)
    finally:
        respond(event, PHYSICAL_ID, result)


def apply(request_type: str, find_brokers: Callable[[], str], migrate: Callable[[], list[str]]) -> Result:
    """Find the brokers and migrate on Create and Update; keep the tables on Delete."""
    if request_type == "Delete":
        return Result("SUCCESS", "The tables are kept.")
    try:
        data = {"Brokers": find_brokers()}
        applied = migrate()
    except EventrushError as exc:
        logger.exception("the deployment cannot continue")
        return Result("FAILED", str(exc))
    logger.info("migrations applied", extra={"applied": applied})
    return Result("SUCCESS", f"Applied {', '.join(applied) or 'nothing new'}.", data)


def _brokers() -> str:
    return brokers(StreamSettings.from_env(os.environ))


def _migrate() -> list[str]:
    ledger = Ledger.connect(LedgerSettings.from_env(os.environ), statement_timeout_s=STATEMENT_TIMEOUT_S)
    return ledger.migrate()
