"""Invoke a function: its handler in this very process, or through an endpoint that speaks Lambda's Invoke."""

import importlib
import json
import logging
import os
import signal
import time
import uuid
from typing import Any, Protocol

from local.context import LambdaContext
from local.errors import FunctionError
from local.function import Function

_logger = logging.getLogger(__name__)


class Invoker(Protocol):
    """One environment of a function: one invocation at a time."""

    def invoke(self, event: dict[str, Any]) -> Any:
        """Return what the handler returned; FunctionError when it raised."""


class HandlerInvoker:
    """Calls the handler here, as Lambda's runtime does; importing it is the environment's init.

    With `ends`, an invocation that outlives the function's Timeout ends the process by SIGALRM, as on Lambda.
    """

    def __init__(self, function: Function, *, ends: bool = False) -> None:
        module, name = function.handler.rsplit(".", 1)
        self._handler = getattr(importlib.import_module(module), name)
        self._function = function
        self._alarm_s = function.timeout_s if ends else 0

    def invoke(self, event: dict[str, Any]) -> Any:
        """Return what the handler returned; FunctionError when it raised, with the traceback in this process's log."""
        context = LambdaContext(
            function_name=self._function.name,
            memory_limit_in_mb=self._function.memory_mb,
            aws_request_id=str(uuid.UUID(bytes=os.urandom(16), version=4)),
            deadline=time.monotonic() + self._function.timeout_s,
        )
        signal.alarm(self._alarm_s)
        try:
            return self._handler(event, context)
        except Exception as error:  # Lambda's runtime ends here too: whatever the handler raises fails its invocation
            _logger.exception("%s raised", self._function.name)
            raise FunctionError(type(error).__name__) from error
        finally:
            signal.alarm(0)


class EndpointInvoker:
    """Calls Lambda's Invoke at an endpoint, such as `sam local start-lambda`'s."""

    def __init__(self, function: Function, endpoint_url: str) -> None:
        # Only whoever invokes over HTTP pays for boto3's import.
        import boto3  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        self._name = function.name
        self._client = boto3.client(
            "lambda",
            endpoint_url=endpoint_url,
            region_name=os.environ["AWS_REGION"],
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 - the endpoint asks for one and checks none
            config=Config(read_timeout=function.timeout_s + 60, retries={"total_max_attempts": 1}),
        )

    def invoke(self, event: dict[str, Any]) -> Any:
        """Return what the function returned; FunctionError when it raised or the endpoint did not answer."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            answer = self._client.invoke(FunctionName=self._name, Payload=json.dumps(event).encode())
            payload = json.loads(answer["Payload"].read() or b"null")
        except (BotoCoreError, ClientError) as error:
            _logger.error("%s could not be invoked: %s", self._name, error)  # noqa: TRY400 - no fault of ours to trace
            raise FunctionError(type(error).__name__) from error
        if "FunctionError" in answer:
            _logger.error("%s raised: %s", self._name, payload)
            raise FunctionError(str(payload.get("errorType", "Error")))
        return payload


def invoker(function: Function, endpoint_url: str | None) -> Invoker:
    """Return what invokes the function: here, where no endpoint is given, and ending this process at its Timeout."""
    return EndpointInvoker(function, endpoint_url) if endpoint_url else HandlerInvoker(function, ends=True)
