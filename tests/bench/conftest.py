"""What the measurements share: their figures, events, and the APIs that they load."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
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
from eventrush.models import Entry, Event, Verdict
from local import template
from local.application import background
from local.http_api import HttpApi
from local.servers import Stack
from persist import handler
from persist.dependencies import Dependencies
from tests.bench.batches import mapping_event
from tests.bench.invocation import by_kind
from tests.bench.load import ROOT, ROUNDS, SECONDS, Figures, Meter, Subject, program
from tests.bench.raw import raw_granian
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
    for numbers in batched(range(WINNERS), 1000, strict=False):
        handler.handle(mapping_event([_claim(admin, event_id, number) for number in numbers]), deps)
    return event_id


def _claim(admin: Admin, event_id: str, number: int) -> Entry:
    outcome = admin.gate.claim(event_id, f"winner-{number}", f"attempt-{number}")
    assert outcome.verdict is Verdict.SUCCESS
    assert outcome.entry
    return outcome.entry


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
    k6 = program()
    if k6 is None:
        pytest.fail("k6 is not installed; `local/setup.sh k6` builds it.")
    return Meter(k6, client)


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
def in_process(
    settings: dict[str, str], sold_out: str, new_event: NewEvent, tmp_path_factory: pytest.TempPathFactory
) -> Figures:
    """Measure invocations without HTTP."""
    return by_kind(settings, sold_out, new_event(MANY), tmp_path_factory.mktemp("invocation"))


def until_recorded(admin: Admin, event_id: str) -> None:
    """Wait until the ledger has every entry of an event, so that it does not slow down what is measured next."""
    until(lambda: admin.gate.pending_counts([event_id])[event_id] == 0, within_s=120)
