"""A client of the API front, and the function behind it."""

import json
from http.client import HTTPConnection, HTTPResponse
from typing import Any

from local.front import Front
from local.function import Function, Route

FUNCTION = Function(
    "EchoFunction",
    "tests.handlers.echo.lambda_handler",
    timeout_s=10,
    memory_mb=256,
    routes=(Route("ANY", "/events/{id}"), Route("POST", "/only/post")),
)


class Answer:
    """A response read to its end."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.msg
        self.body = response.read()

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    front: Front, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    connection = HTTPConnection(front.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def event(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json()["event"]
    return told
