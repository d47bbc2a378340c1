"""A handler that does nothing: what the HTTP API itself costs, for the benchmarks to compare with."""

from typing import Any


def lambda_handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Return a small JSON response."""
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": '{"result":"IDLE"}'}
