"""Functions behind an endpoint that speaks Lambda's Invoke, as `sam local start-lambda` does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from local.endpoint_invoker import EndpointInvoker
from local.exceptions import FunctionError
from local.function import Function

FUNCTION = Function("PersistFunction", "nowhere.handler", timeout_s=1)


class Endpoint(BaseHTTPRequestHandler):
    """Answers as Lambda does; an event with `fail` makes a function error."""

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        failed = "fail" in event
        answer: Any = (
            {"errorType": "ValueError", "errorMessage": "x"} if failed else {"path": self.path, "event": event}
        )
        body = b"" if "silent" in event else b"{" if "broken" in event else json.dumps(answer).encode()
        self.send_response(200)
        if failed:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        pass


@pytest.fixture
def invoker() -> Iterator[EndpointInvoker]:
    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield EndpointInvoker(FUNCTION, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def test_the_answer_is_the_function_s(invoker: EndpointInvoker) -> None:
    answer = invoker({"a": 1})
    assert answer == {"path": "/2015-03-31/functions/PersistFunction/invocations", "event": {"a": 1}}


def test_an_empty_answer_is_none(invoker: EndpointInvoker) -> None:
    assert invoker({"silent": 1}) is None


def test_a_function_error_is_told_by_its_kind(invoker: EndpointInvoker, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(FunctionError, match=r"^ValueError$"):
        invoker({"fail": 1})
    assert "PersistFunction raised" in caplog.text


def test_an_endpoint_that_is_not_there_is_a_failure_too() -> None:
    with pytest.raises(FunctionError, match=r"^URLError$"):
        EndpointInvoker(FUNCTION, "http://127.0.0.1:9")({})


def test_a_broken_answer_is_a_failure_too(invoker: EndpointInvoker) -> None:
    with pytest.raises(FunctionError, match=r"^JSONDecodeError$"):
        invoker({"broken": 1})
