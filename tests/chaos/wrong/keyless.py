"""Wrong on purpose: takes no notice of the client's key, so that a retry is another attempt."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from join import handler


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Join as if nobody had ever asked before."""
    headers = {name: value for name, value in event["headers"].items() if name != "idempotency-key"}
    return handler.lambda_handler({**event, "headers": headers}, context)
