"""The whole application over real HTTP: front, event source and schedule as the template has them."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import pytest

from admin import dependencies
from admin.service import Admin
from cli.application import application
from eventrush.errors import ConflictError
from eventrush.models import Event
from local.servers import Stack
from tests.waiting import until

TIMEOUT_S = 10


@dataclass(frozen=True)
class Answer:
    """A response read to its end; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True)
class Api:
    """The API of the running application."""

    url: str

    def connection(self) -> HTTPConnection:
        return HTTPConnection(self.url.removeprefix("http://"), timeout=TIMEOUT_S)

    def ask(
        self, method: str, path: str, body: str | bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send one request over a connection of its own."""
        connection = self.connection()
        try:
            return exchange(connection, method, path, body, headers or {})
        finally:
            connection.close()

    def join(self, event_id: str, user_id: int | str, key: str | None = None) -> Answer:
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        return self.ask("POST", f"/api/events/{event_id}/join", json.dumps({"userId": user_id}), headers)


def exchange(
    connection: HTTPConnection, method: str, path: str, body: str | bytes | None, headers: dict[str, str]
) -> Answer:
    """Send one request over this connection."""
    connection.request(method, path, body.encode() if isinstance(body, str) else body, headers)
    response = connection.getresponse()
    content = response.read()
    given = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, given, json.loads(content) if content else {})


@pytest.fixture(scope="package")
def admin(stack: Stack) -> Iterator[Admin]:
    admin = dependencies.connect(stack.environ)
    admin.migrate()
    yield admin
    admin.ledger.close()
    with admin.gate.scripts.client() as client:
        client.close()


@pytest.fixture(scope="package")
def api(stack: Stack, admin: Admin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with suppress(ConflictError):  # tests of another folder made it
        admin.create(Event("default", "The default event", 100))
    # A gate that is patient with a busy machine: two time-outs are what an outage of Redis costs.
    settings = stack.environ | {"RECONCILE_OVERDUE_S": "1", "BREAKER_RESET_S": "1", "GATE_TIMEOUT_MS": "1000"}
    with application(settings, tmp_path_factory.mktemp("logs")) as front:
        api = Api(front.url)
        until(lambda: api.ask("GET", "/api/events/default").status == 200)  # a gate that was lost is rebuilt first
        yield api


Events = Callable[[int], Event]


@pytest.fixture
def new_event(admin: Admin) -> Events:
    """Create events of so many seats."""
    return lambda capacity: admin.create(Event(f"e-{uuid.uuid4().hex[:12]}", "An event", capacity))
