"""The whole application over real HTTP: API, Kafka event source and schedule as the template has them."""

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
from cli.environment import environment, kafka_options
from cli.main import run
from eventrush.errors import ConflictError
from eventrush.models import Event
from local.application import application
from local.servers import Stack
from tests.waiting import until

TIMEOUT_S = 10


@dataclass(frozen=True)
class Response:
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
    ) -> Response:
        """Send one request over a connection of its own."""
        connection = self.connection()
        try:
            return exchange(connection, method, path, body, headers or {})
        finally:
            connection.close()

    def join(self, event_id: str, user_id: int | str, key: str | None = None) -> Response:
        headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
        return self.ask("POST", f"/api/events/{event_id}/join", json.dumps({"userId": user_id}), headers)


def exchange(
    connection: HTTPConnection, method: str, path: str, body: str | bytes | None, headers: dict[str, str]
) -> Response:
    """Send one request over this connection."""
    connection.request(method, path, body.encode() if isinstance(body, str) else body, headers)
    response = connection.getresponse()
    content = response.read()
    given = {name.lower(): value for name, value in response.getheaders()}
    return Response(response.status, given, json.loads(content) if content else {})


@pytest.fixture(scope="package")
def admin(stack: Stack) -> Iterator[Admin]:
    admin = dependencies.connect(environment(stack)).admin
    admin.migrate()
    yield admin
    admin.ledger.close()
    with admin.gate.scripts.client() as client:
        client.close()


@pytest.fixture(scope="package")
def api(stack: Stack, admin: Admin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with suppress(ConflictError):  # tests of another folder made it
        admin.create(Event("default", "The default event", 100))
    # Time-outs that a busy machine keeps; an outage of Redis costs two of them.
    settings = environment(stack) | {"BREAKER_RESET_S": "1", "GATE_TIMEOUT_MS": "1000"}
    with application(settings, tmp_path_factory.mktemp("logs"), **kafka_options(settings)) as front:
        api = Api(front.url)
        until(lambda: api.ask("GET", "/api/events/default").status == 200)  # a lost gate is rebuilt first
        yield api


Events = Callable[[int], Event]


@pytest.fixture
def new_event(admin: Admin) -> Events:
    """Create events of so many seats."""
    return lambda capacity: admin.create(Event(f"e-{uuid.uuid4().hex[:12]}", "An event", capacity))


@dataclass(frozen=True)
class Printed:
    """What a command printed."""

    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


Command = Callable[..., Printed]


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `eventrush` on the stack of this run."""
    monkeypatch.setenv("EVENTRUSH_DIRECTORY", str(stack.directory))

    def command(*words: str, status: int = 0) -> Printed:
        done = run(words)
        printed = Printed(*capsys.readouterr())
        assert done == status, printed.stderr
        return printed

    command("migrate")
    return command
