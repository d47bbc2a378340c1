"""A custom resource of the deployment: migrations that fail make it fail, before any function is replaced.

It also tells the template the stream's brokers, which no resource of MSK's does: asked for once a deployment, they
need not be asked for by every environment.
"""

import os
from collections.abc import Callable
from typing import Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush import ledger, stream
from eventrush.errors import EventrushError
from eventrush.settings import LedgerSettings, StreamSettings
from migrate.answer import Answer, send

# An index on millions of rows takes minutes; the function's own time-out of 15 minutes leaves room for the answer.
STATEMENT_TIMEOUT_S: Final = 840

logger = Logger()


@event_source(data_class=CloudFormationCustomResourceEvent)
def lambda_handler(event: CloudFormationCustomResourceEvent, _context: LambdaContext) -> None:
    """Apply what is missing and answer CloudFormation, whatever happens: it would wait for that answer."""
    answer = Answer("FAILED", "MigrateFunction failed; its log says why.")
    try:
        answer = apply(event.request_type, _brokers, _migrate)
    finally:
        send(event, answer)


def apply(request_type: str, brokers: Callable[[], str], migrate: Callable[[], list[str]]) -> Answer:
    """Find the brokers and migrate on Create and Update; on Delete leave the tables: rows outlive a deployment."""
    if request_type == "Delete":
        return Answer("SUCCESS", "The tables stay.")
    try:
        data = {"Brokers": brokers()}
        applied = migrate()
    except EventrushError as exc:
        logger.exception("the deployment cannot go on")
        return Answer("FAILED", str(exc))
    logger.info("migrations applied", extra={"applied": applied})
    return Answer("SUCCESS", f"Applied {', '.join(applied) or 'nothing new'}.", data)


def _brokers() -> str:
    return stream.brokers(StreamSettings.from_env(os.environ))


def _migrate() -> list[str]:
    settings = LedgerSettings.from_env(os.environ)
    return ledger.connect(settings, statement_timeout_s=STATEMENT_TIMEOUT_S).migrate()
