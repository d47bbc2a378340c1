"""The Lambda context with which tests invoke a handler."""

import time
from typing import cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from local.lambda_runtime import LambdaContext as LocalContext


def lambda_context(
    name: str = "JoinFunction", request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
) -> LambdaContext:
    """Return a context with ten seconds left."""
    made = LocalContext(name, 128, request_id, time.monotonic() + 10)
    return cast(LambdaContext, made)
