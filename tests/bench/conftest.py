"""What the measurements share: their figures, events, and the APIs that they load."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from itertools import batched
from uuid import uuid4

import pytest
import redis

from admin import dependencies
from admin.service import Admin
from cli.environment import environment, kafka_options
from cli.k6 import find_program
from eventrush.gate.gate import Gate
from eventrush.models import Entry, Event, Verdict
from eventrush.settings import GateSettings
from local import template
from local.application import background
from local.http_api import HttpApi
from local.servers import Stack
from local.servers.readiness import PARTITIONS
from persist import handler
from persist.dependencies import Dependencies
from tests.bench.batches import mapping_event
from tests.bench.invocation import by_kind
from tests.bench.load import ROOT, ROUNDS, SECONDS, Figures, Meter, Subject
from tests.bench.raw import raw_granian
from tests.replica import redis_server, url_of
from tests.topics import own_topic
from tests.waiting import until

MANY = 2**31 - 1
WINNERS = 10_000  # of the event that is sold out

type NewEvent = Callable[[int], str]
type Front = Callable[..., HttpApi]


@pytest.fixture(scope="session")
def figures(stack: Stack) -> Iterator[Figures]:
    """Write what was measured into build/bench.json, over what single tests have written before."""
    file = ROOT / "build" / "bench.json"
    measured: Figures = json.loads(file.read_text()) if file.exists() else {"ratios": {}}
    measured |= {
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "stack": stack.kind,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "rounds": ROUNDS,
        "secondsEach": SECONDS,
    }
    yield measured
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(measured, indent=2) + "\n")


@pytest.fixture(scope="session")
def settings(stack: Stack) -> dict[str, str]:
    return environment(stack)


@pytest.fixture(scope="session")
def client(settings: dict[str, str]) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(settings["REDIS_URL"]) as connected:
        yield connected


@pytest.fixture(scope="session")
def admin(settings: dict[str, str]) -> Admin:
    connected = dependencies.connect(settings).admin
    connected.migrate()
    return connected


@pytest.fixture(scope="session")
def new_event(admin: Admin) -> NewEvent:
    """Return a function that creates an event of a capacity and returns its id."""

    def make(capacity: int) -> str:
        event_id = f"bench-{uuid4().hex[:8]}"
        return admin.create(Event(event_id, "A measurement", capacity)).event_id

    return make


@pytest.fixture(scope="session")
def sold_out(admin: Admin, new_event: NewEvent) -> str:
    """Return an event whose winners are all recorded."""
    event_id, deps = new_event(WINNERS), Dependencies(admin.gate, admin.ledger.batch)
    for entries in batched(claim_all(admin.gate, event_id, WINNERS), 1000, strict=False):
        handler.handle(mapping_event(entries), deps)
    return event_id


def claim_all(gate: Gate, event_id: str, count: int) -> Iterator[Entry]:
    """Claim so many seats; the attempt ids are as long as API Gateway's request ids."""
    for number in range(count):
        outcome = gate.claim(event_id, f"winner-{number}", f"JKJaXmPLvH{number:0>6}")
        assert outcome.verdict is Verdict.SUCCESS
        assert outcome.entry
        yield outcome.entry


@dataclass(frozen=True)
class OwnGate:
    """A gate on a Redis of its own: reconcile does not look after entries that will never be rows."""

    client: redis.Redis
    gate: Gate

    @property
    def settings(self) -> dict[str, str]:
        """The settings that lead to it."""
        return {"REDIS_URL": url_of(self.client)}

    def new_event(self, capacity: int) -> str:
        """Create an event and return its id."""
        event_id = f"bench-{uuid4().hex[:8]}"
        assert self.gate.create(Event(event_id, "A measurement", capacity))
        return event_id


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnGate]:
    with redis_server(tmp_path_factory.mktemp("redis")) as client:
        yield OwnGate(client, Gate.connect(GateSettings.from_env({"REDIS_URL": url_of(client)})))


@pytest.fixture(scope="session")
def front(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Return a function that serves the API's routes with its own or another handler and some settings changed."""
    with ExitStack() as running:

        def serve(name: str = "", **changed: str) -> HttpApi:
            function = template.load().api()
            function = replace(function, handler=f"tests.handlers.{name}.lambda_handler") if name else function
            log = tmp_path_factory.mktemp("front") / "http-api.log"
            return running.enter_context(HttpApi(function, settings=settings | changed, log=log))

        yield serve


@pytest.fixture(scope="session")
def api(settings: dict[str, str], front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpApi]:
    """Serve the whole application, which remembers what it may."""
    logs = tmp_path_factory.mktemp("application")
    with background(settings, logs, **kafka_options(settings)):
        yield front(GATE_REMEMBER="on")


@pytest.fixture(scope="session")
def meter(client: redis.Redis) -> Meter:
    return Meter(find_program(), client)


@pytest.fixture(scope="session")
def subjects(
    api: HttpApi, front: Front, admin: Admin, new_event: NewEvent, sold_out: str
) -> Iterator[dict[str, Subject]]:
    """Serve what is compared on this machine, warm."""
    open_to_all, through_gate, idle = new_event(MANY), front(GATE_REMEMBER="off"), front("idle")
    with raw_granian(len(api.pids)) as raw:
        yield {
            "raw": Subject(raw, sold_out),
            "idle": Subject(idle, sold_out),
            "soldOut": Subject(through_gate, sold_out, HTTPStatus.TOO_MANY_REQUESTS),
            "remembered": Subject(api, sold_out, HTTPStatus.TOO_MANY_REQUESTS),
            "everyoneWins": Subject(api, open_to_all, settle=partial(until_recorded, admin, open_to_all)),
        }


@pytest.fixture(scope="session")
def warm(subjects: dict[str, Subject], meter: Meter) -> None:
    """Let every process serve its first requests, and Kafka its first ten thousand records: its JVM is slow before."""
    for name, subject in subjects.items():
        meter(subject, 8 if name == "everyoneWins" else 1)


@pytest.fixture(scope="module")
def measure_in_process(
    settings: dict[str, str], own: OwnGate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Figures]]:
    """Return what measures invocations without HTTP, on a Redis and a topic of their own."""
    sold_out, open_to_all = own.new_event(WINNERS), own.new_event(MANY)
    for entries in batched(claim_all(own.gate, sold_out, WINNERS), 1000, strict=False):
        own.gate.confirm(sold_out, [entry.user_id for entry in entries])
    with own_topic(settings, PARTITIONS) as stream:
        environ = settings | own.settings | {"KAFKA_TOPIC": stream.topic}
        yield lambda: by_kind(environ, sold_out, open_to_all, tmp_path_factory.mktemp("invocation"))


@pytest.fixture(scope="module")
def in_process(measure_in_process: Callable[[], Figures]) -> Figures:
    return measure_in_process()


def until_recorded(admin: Admin, event_id: str) -> None:
    """Wait until the ledger has every entry of an event, so that it does not slow down what is measured next."""
    until(lambda: admin.gate.pending_counts([event_id])[event_id] == 0, within_s=120)
