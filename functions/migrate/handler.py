"""The custom resource that migrates the ledger: a failed migration stops a deployment before functions are replaced.

It also returns the stream's brokers to the template, which no MSK resource does, so that environments need not request
them.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.request import Request, urlopen

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush.errors import EventrushError
from eventrush.ledger.ledger import Ledger
from eventrush.settings import LedgerSettings, StreamSettings
from eventrush.stream.client import brokers

# An index on millions of rows takes minutes; the rest of the function's 15 minutes is for the response.
STATEMENT_TIMEOUT_S: Final = 840
RESPONSE_TIMEOUT_S: Final = 10
# The same for every request: a changed id would mean a replacement.
PHYSICAL_ID: Final = "eventrush-migrations"

logger = Logger()


@dataclass(frozen=True, slots=True)
class Result:
    """The result; operators read `reason` in the stack's events, the template reads `data`."""

    status: Literal["SUCCESS", "FAILED"]
    reason: str
    data: Mapping[str, str] = field(default_factory=dict)


@event_source(data_class=CloudFormationCustomResourceEvent)
def lambda_handler(event: CloudFormationCustomResourceEvent, _context: LambdaContext) -> None:
    """Apply missing migrations, and respond to CloudFormation in any case, because it waits for the response."""
    result = Result("FAILED", "MigrateFunction failed; its log says why.")
    try:
        result = apply(event.request_type, _brokers, _migrate)
    finally:
        respond(event, result)


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


def respond(event: CloudFormationCustomResourceEvent, result: Result) -> None:
    """Send the result by PUT to the presigned URL of the request; raises `OSError` if it is refused."""
    body = {
        "Status": result.status,
        "Reason": result.reason,
        "PhysicalResourceId": PHYSICAL_ID,
        "StackId": event.stack_id,
        "RequestId": event.request_id,
        "LogicalResourceId": event.logical_resource_id,
        "Data": dict(result.data),
    }
    # The signature covers an empty content type.
    request = Request(event.response_url, json.dumps(body).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310 CloudFormation's own
    with urlopen(request, timeout=RESPONSE_TIMEOUT_S):  # noqa: S310
        pass


def _brokers() -> str:
    return brokers(StreamSettings.from_env(os.environ))


def _migrate() -> list[str]:
    ledger = Ledger.connect(LedgerSettings.from_env(os.environ), statement_timeout_s=STATEMENT_TIMEOUT_S)
    return ledger.migrate()
