"""A client of the HTTP API, and the function behind it."""

import json
from http.client import HTTPConnection, HTTPResponse
from typing import Any

from local import template
from local.http_api import HttpApi
from tests.handlers import TEMPLATE

FUNCTION = template.load(TEMPLATE).functions["EchoFunction"]


class Answer:
    """A response read to its end."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.msg
        self.body = response.read()

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    api: HttpApi, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    connection = HTTPConnection(api.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def event(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json()["event"]
    return told
