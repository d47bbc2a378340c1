"""A connection to an HTTP/1.1 server: one request at a time, for as little processor time as asyncio allows."""

import asyncio
import time
from http.client import RemoteDisconnected
from typing import Final, cast, override

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

_BUFFER_BYTES: Final = 4096

type _Response = tuple[int, bytes]


class Connection(asyncio.BufferedProtocol):
    """Sends a request and reads its response, which has a Content-Length or is chunked."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        # Where a Protocol has none, asyncio maps and unmaps 256 KiB of memory for each read.
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._response: asyncio.Future[_Response] = self._loop.create_future()
        self._response.cancel()  # nothing is asked yet
        self._content = b""
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def closed(self) -> bool:
        """Whether it takes no further request."""
        return self._transport.is_closing()

    def ask(self, request: bytes, deadline: float) -> asyncio.Future[_Response]:
        """Send a request when the last one has been answered; the future holds the response's status and body.

        What breaks the connection is its exception, an OSError or an HttpParserError; a TimeoutError is one, when the
        deadline on the monotonic clock is over. No deadline is before the last one.
        """
        self._content = b""
        self._deadline = deadline
        self._response = self._loop.create_future()
        if self._timer is None:  # it serves many requests: one of its own costs a fifth of a request
            self._timer = self._loop.call_at(deadline, self._expire)
        self._transport.write(request)
        return self._response

    def close(self, error: Exception | None = None) -> None:
        """Close at once; a request without its whole response ends with the error."""
        self._transport.abort()
        if self._timer:
            self._timer.cancel()
        if not self._response.done():
            self._response.set_exception(error or RemoteDisconnected("closed"))

    def _expire(self) -> None:
        self._timer = None
        if self._response.done():
            return
        if time.monotonic() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._expire)
        else:
            self.close(TimeoutError())

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    @override
    def buffer_updated(self, nbytes: int) -> None:
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except (HttpParserError, HttpParserUpgrade) as error:
            self.close(error)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.close(exc)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; the parser calls this."""
        self._content += body

    def on_message_complete(self) -> None:
        """End the request; the parser calls this, and a response to no request is an error."""
        self._response.set_result((self._parser.get_status_code(), self._content))
        if not self._parser.should_keep_alive():
            self.close()
