"""The answer CloudFormation waits for: one PUT to the presigned address that came with the request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.request import Request, urlopen

from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent

TIMEOUT_S: Final = 10
# The same for every request, so that no update looks like a replacement.
PHYSICAL_ID: Final = "eventrush-migrations"


@dataclass(frozen=True, slots=True)
class Answer:
    """How it went; `reason` is what the operator reads in the stack's events, `data` what the template reads."""

    status: Literal["SUCCESS", "FAILED"]
    reason: str
    data: Mapping[str, str] = field(default_factory=dict)


def send(event: CloudFormationCustomResourceEvent, answer: Answer) -> None:
    """Send the answer; raises `OSError` when the address does not take it."""
    body = {
        "Status": answer.status,
        "Reason": answer.reason,
        "PhysicalResourceId": PHYSICAL_ID,
        "StackId": event.stack_id,
        "RequestId": event.request_id,
        "LogicalResourceId": event.logical_resource_id,
        "Data": dict(answer.data),
    }
    # An empty content type is part of what was signed.
    request = Request(event.response_url, json.dumps(body).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310 CloudFormation's own
    with urlopen(request, timeout=TIMEOUT_S):  # noqa: S310
        pass
