"""The real gate and ledger of the shared stack; every test has its own events."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import redis

from cli.environment import environment
from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event
from eventrush.settings import GateSettings, LedgerSettings
from local.servers import Stack

Events = Callable[..., Event]


def new_id() -> str:
    """Return an event id that no other test has."""
    return f"t-{uuid.uuid4().hex[:12]}"


@contextmanager
def connected(environ: dict[str, str]) -> Iterator[Gate]:
    """Yield a gate with a long time-out for a busy machine, whose changes do not wait for leases."""
    gate = Gate.connect(GateSettings.from_env({"GATE_TIMEOUT_MS": "2000", **environ}), lease_wait_s=0)
    try:
        yield gate
    finally:
        gate.close()


@pytest.fixture
def real_gate(stack: Stack) -> Iterator[Gate]:
    with connected(environment(stack)) as gate:
        yield gate


@pytest.fixture
def raw(stack: Stack) -> Iterator[redis.Redis]:
    """Yield a plain Redis client, to read and change the gate's keys."""
    with redis.Redis.from_url(environment(stack)["REDIS_URL"]) as client:
        yield client


@pytest.fixture(scope="session")
def _migrated(stack: Stack) -> None:
    ledger = Ledger.connect(LedgerSettings.from_env(environment(stack)))
    ledger.migrate()
    ledger.close()


@pytest.fixture
def real_ledger(stack: Stack, _migrated: None) -> Iterator[Ledger]:
    ledger = Ledger.connect(LedgerSettings.from_env(environment(stack)))
    yield ledger
    ledger.close()


@pytest.fixture
def gate_event(real_gate: Gate) -> Events:
    """Return a function that creates events in the gate; the registry has the newest."""

    def make(capacity: int = 10, **rules: object) -> Event:
        event = Event(new_id(), "An event", capacity, **rules)  # type: ignore[arg-type]
        assert real_gate.create(event)
        real_gate.replace_registry([event.event_id])
        return event

    return make


@pytest.fixture
def event(real_gate: Gate, real_ledger: Ledger) -> Event:
    """Return an event of ten seats in gate and ledger."""
    event = Event(new_id(), "An event", 10)
    real_ledger.add_event(event)
    assert real_gate.create(event)
    real_gate.replace_registry([event.event_id])
    return event


def kill_connection_of(ledger: Ledger, stack: Stack) -> None:
    """Kill the ledger's connection on the server."""
    with ledger.database.transaction() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        ((number,),) = cursor.fetchall()
    killer = Ledger.connect(LedgerSettings.from_env(environment(stack)))
    with killer.database.transaction() as cursor:
        cursor.execute("KILL %s", (number,))
    killer.close()
