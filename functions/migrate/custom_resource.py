"""What a custom resource responds to CloudFormation, which waits for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.request import Request, urlopen

from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent

RESPONSE_TIMEOUT_S: Final = 10


@dataclass(frozen=True, slots=True)
class Result:
    """The result; operators read `reason` in the stack's events, the template reads `data`."""

    status: Literal["SUCCESS", "FAILED"]
    reason: str
    data: Mapping[str, str] = field(default_factory=dict)


def respond(event: CloudFormationCustomResourceEvent, physical_id: str, result: Result) -> None:
    """Send the result by PUT to the presigned URL of the request; raises `OSError` if it is refused.

    `physical_id` is the same for every request to one resource: a changed id would mean a replacement.
    """
    body = {
        "Status": result.status,
        "Reason": result.reason,
        "PhysicalResourceId": physical_id,
        "StackId": event.stack_id,
        "RequestId": event.request_id,
        "LogicalResourceId": event.logical_resource_id,
        "Data": dict(result.data),
    }
    # The signature covers an empty content type.
    request = Request(event.response_url, json.dumps(body).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310 CloudFormation's own
    with urlopen(request, timeout=RESPONSE_TIMEOUT_S):  # noqa: S310
        pass
