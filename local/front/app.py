"""Serve HTTP requests by invoking a function, one after another: one environment of Lambda behind an HTTP API.

The handler is called in the event loop on purpose, so that a second request waits until the first has its answer.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from local.errors import FunctionError
from local.front import request, response
from local.front.routes import Router
from local.invoke import Invoker

LIMIT_BYTES = 10_000_000  # API Gateway's, for a payload

_logger = logging.getLogger(__name__)

type Scope = dict[str, Any]
type Receive = Callable[[], Awaitable[dict[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]


class App:
    """An ASGI application: router, event, handler, response."""

    def __init__(self, router: Router, invoker: Invoker) -> None:
        self._router = router
        self._invoker = invoker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one whose client has gone before its body was complete is dropped."""
        body = await _read(receive)
        if body is None:
            return
        answer = self._answer(scope, body)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _answer(self, scope: Scope, body: bytes) -> response.Response:
        if len(body) > LIMIT_BYTES:
            return response.message(413, "Request Entity Too Large")
        match = self._router.match(scope["method"], scope["raw_path"].decode("ascii"))
        if match is None:
            return response.message(404, "Not Found")
        try:
            return response.from_output(self._invoker.invoke(request.build(scope, body, match)))
        except FunctionError:  # its traceback is in the log already
            pass
        except response.BadOutputError as error:
            _logger.error("The handler's output is no response: %s", error)  # noqa: TRY400 - a trace says no more
        return response.message(500, "Internal Server Error")


async def _read(receive: Receive) -> bytes | None:
    """Return the body, a byte over the limit at most, or None where the client went away."""
    chunk = await receive()
    if not chunk.get("more_body"):
        return chunk["body"] if chunk["type"] == "http.request" else None
    chunks, size = [], 0
    while chunk["type"] == "http.request":
        size += len(chunk["body"])
        chunks.append(chunk["body"])
        if size > LIMIT_BYTES or not chunk["more_body"]:
            return b"".join(chunks)
        chunk = await receive()
    return None
