"""Tells which attempt a request is: the client's own key, or the id of the request.

Read here rather than as a header parameter of the route: Powertools' way of it takes a fifth of a whole answer's time.
"""

import re
from http import HTTPStatus
from typing import Final

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from eventrush.identifiers import VISIBLE_ASCII
from join.problems import BadRequestError

HEADER: Final = "Idempotency-Key"
# `sam local start-api` gives all requests of its life the same id (aws-sam-cli issue 9279), and this as the API's.
SAM_LOCAL_API: Final = "1234567890"
_VALID: Final = re.compile(VISIBLE_ASCII)


def attempt_id(event: APIGatewayProxyEventV2, invocation_id: str) -> str:
    """Give the id that makes a client's retry the same attempt; raises `BadRequestError`."""
    key = event.headers.get(HEADER)
    if key is None:
        request = event.request_context
        return invocation_id if request.api_id == SAM_LOCAL_API else request.request_id
    if not _VALID.fullmatch(key):
        raise BadRequestError(HTTPStatus.UNPROCESSABLE_ENTITY, HEADER, "must be 1 to 64 visible ASCII characters")
    return key
