"""A handler that tells what it was given, or misbehaves as the query string's `do` asks."""

import base64
import json
import os
import sys
import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

_inside: list[object] = []


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    do = event.get("queryStringParameters", {}).get("do", "echo")
    return globals()[f"_{do}"](event, context)


def _echo(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    told = {
        "event": event,
        "pid": os.getpid(),
        "setting": os.environ.get("ECHO_SETTING"),
        "function": context.function_name,
        "memory": context.memory_limit_in_mb,
        "request_id": context.aws_request_id,
        "remaining_ms": context.get_remaining_time_in_millis(),
    }
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(told)}


def _slow(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Tell when this invocation ran, and how many ran in this process at once."""
    _inside.append(event)
    started = time.monotonic()
    time.sleep(0.02)
    told = {"pid": os.getpid(), "inside": len(_inside), "started": started, "ended": time.monotonic()}
    _inside.pop()
    return told


def _long(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    sys.stdout.write("begun\n")
    time.sleep(0.5)
    return {"statusCode": 200, "body": "done"}


def _raise(_event: dict[str, Any], _context: LambdaContext) -> None:
    raise ValueError("the secret is 42")


def _exit(_event: dict[str, Any], _context: LambdaContext) -> None:
    sys.exit("the secret is 43")


def _bad(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return {"statusCode": 200, "body": {"not": "a string"}}


def _cookies(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return {"statusCode": 200, "cookies": ["a=1; Secure", "b=2"], "headers": {"X-Status": "fine"}, "body": "ok"}


def _binary(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    encoded = base64.b64encode(body).decode()
    headers = {"content-type": "application/octet-stream"}
    return {"statusCode": 200, "isBase64Encoded": True, "headers": headers, "body": encoded}
