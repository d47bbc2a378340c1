"""A custom resource of the deployment: migrations that fail make it fail, before any function is replaced."""

import os
from collections.abc import Callable
from typing import Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush import ledger
from eventrush.errors import EventRushError
from eventrush.settings import LedgerSettings
from migrate.answer import Answer, send

# An index on millions of rows takes minutes; the function's own time-out of 15 minutes leaves room for the answer.
STATEMENT_TIMEOUT_S: Final = 840

logger = Logger()


@event_source(data_class=CloudFormationCustomResourceEvent)
def lambda_handler(event: CloudFormationCustomResourceEvent, _context: LambdaContext) -> None:
    """Apply what is missing and answer CloudFormation, whatever happens: it would wait for that answer."""
    answer = Answer("FAILED", "MigrateFunction failed; its log says why.")
    try:
        answer = apply(event.request_type, _migrate)
    finally:
        send(event, answer)


def apply(request_type: str, migrate: Callable[[], list[str]]) -> Answer:
    """Migrate on Create and Update; on Delete leave the tables, whose rows outlive a deployment."""
    if request_type == "Delete":
        return Answer("SUCCESS", "The tables stay.")
    try:
        applied = migrate()
    except EventRushError as exc:
        logger.exception("migrations failed")
        return Answer("FAILED", str(exc))
    logger.info("migrations applied", extra={"applied": applied})
    return Answer("SUCCESS", f"Applied {', '.join(applied) or 'nothing new'}.")


def _migrate() -> list[str]:
    settings = LedgerSettings.from_env(os.environ)
    return ledger.connect(settings, statement_timeout_s=STATEMENT_TIMEOUT_S).migrate()
