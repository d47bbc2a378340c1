"""Invoke a function where it runs: behind an endpoint that speaks Lambda's Invoke, or in this process."""

import json
import logging
import threading
from http.client import HTTPException
from typing import Any
from urllib.request import Request, urlopen

from local.exceptions import FunctionError
from local.function import Function
from local.lambda_runtime import HandlerInvoker, Invoke

_logger = logging.getLogger(__name__)


class EndpointInvoker:
    """Calls Lambda's Invoke at an endpoint, such as the one of `sam local start-lambda`."""

    def __init__(self, function: Function, endpoint_url: str) -> None:
        self._name = function.name
        self._url = f"{endpoint_url}/2015-03-31/functions/{function.name}/invocations"
        self._timeout_s = function.timeout_s + 60

    def __call__(self, event: dict[str, Any]) -> Any:
        """Return what the function returned; FunctionError when it raised or the endpoint did not respond."""
        request = Request(self._url, json.dumps(event).encode(), {"Content-Type": "application/json"})  # noqa: S310
        try:
            with urlopen(request, timeout=self._timeout_s) as response:  # noqa: S310 - our own URL
                raised = "X-Amz-Function-Error" in response.headers
                payload = json.loads(response.read() or b"null")
        except (OSError, HTTPException, ValueError) as error:
            _logger.error("%s could not be invoked: %s", self._name, error)  # noqa: TRY400 - our trace explains nothing
            raise FunctionError(type(error).__name__) from error
        if raised:
            _logger.error("%s raised: %s", self._name, payload)
            raise FunctionError(str(payload.get("errorType", "Error")))
        return payload


def invoker(function: Function, endpoint_url: str | None, stopping: threading.Event | None = None) -> Invoke:
    """Return what invokes a worker's function: at the endpoint, or without one in this process."""
    if endpoint_url:
        return EndpointInvoker(function, endpoint_url)
    return HandlerInvoker(function, ends=True, stopping=stopping)
