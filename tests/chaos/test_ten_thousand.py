"""A pass over ten thousand events at rest is quick, and takes few round trips; so does the question between passes."""

import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from eventrush.gate import codec
from eventrush.models import Event
from reconcile.handler import handle
from reconcile.service import Pass, due, reconcile
from tests.chaos.crash.environment import Environment

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

EVENTS: Final = 10_000
_LONGEST_PASS_S: Final = 10.0
_LONGEST_QUESTION_S: Final = 2.0
# Facts in pipelines of 500 scripts, the registry in pages of 1,000 fields, and a few single calls.
_PASS_ROUND_TRIPS: Final = EVENTS // 500 + EVENTS // 1000 + 20
_QUESTION_ROUND_TRIPS: Final = EVENTS // 500 + 5
# The watermarks in queries of 1,000 events, the events and their end times.
_STATEMENTS: Final = EVENTS // 1000 + 5


@pytest.fixture(scope="module")
def crowded(environment: Environment) -> Environment:
    """Create ten thousand events, of which every second one has a seat that is issued and recorded."""
    environment.reset()
    events = [Event(f"e-{number:05}", "One of many", 100) for number in range(EVENTS)]
    sold = [event.event_id for event in events[::2]]
    columns = "event_id, seat_no, user_id, request_time, attempt_id, epoch"
    with environment.deps.ledger.database.transaction() as cursor:
        cursor.executemany(
            "INSERT INTO event (event_id, name, capacity, settled_seat, created_at) "
            "VALUES (%s, %s, %s, %s, UTC_TIMESTAMP(6))",
            [(event.event_id, event.name, event.capacity, 1 - number % 2) for number, event in enumerate(events)],
        )
        cursor.executemany(
            f"INSERT INTO event_join ({columns}) VALUES (%s, 1, 'user', UTC_TIMESTAMP(6), 'key', 1)",  # noqa: S608 ours
            [(event_id,) for event_id in sold],
        )
    for event in events:
        environment.deps.gate.create(event)
    with environment.redis.pipeline(transaction=False) as pipeline:
        for event_id in sold:
            keys = codec.event_keys(event_id)
            pipeline.hset(keys.rules, "issued", 1)
            pipeline.hset(keys.entries, "user", f"1:{time.time_ns() // 1000}:key")
        pipeline.execute()
    _pass(environment)
    return environment


@pytest.fixture
def round_trips(crowded: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Yield a function that returns how often the gate's connection has sent something."""
    sent = [0]
    with crowded.deps.gate.scripts.client() as client:
        connection = client.connection_pool.connection_class
        send = connection.send_packed_command

        def counted(self: object, *args: object, **kwargs: object) -> None:
            sent[0] += 1
            send(self, *args, **kwargs)

        monkeypatch.setattr(connection, "send_packed_command", counted)
        yield lambda: sent[0]


def test_a_pass_takes_seconds_and_few_round_trips(crowded: Environment, round_trips: Callable[[], int]) -> None:
    statements, started = _statements(crowded), time.perf_counter()
    done = _pass(crowded)
    took_s = time.perf_counter() - started
    asked = _statements(crowded) - statements

    print(f"{len(done.events)} events: {took_s:.2f} s, {round_trips()} round trips, {asked} statements")  # noqa: T201
    assert sum(event.audit.recorded for event in done.events) == EVENTS // 2
    assert not any(event.active or event.audit.missing for event in done.events)
    assert (len(done.events), len(done.watched), done.errors) == (EVENTS, EVENTS, {})
    assert took_s < _LONGEST_PASS_S
    assert round_trips() < _PASS_ROUND_TRIPS
    assert asked < 4 * _STATEMENTS, "with the BEGIN, COMMIT and checks around them"


def test_nothing_is_reported_of_events_at_rest(crowded: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    assert handle(crowded.deps, lambda: True) == {"events": [], "audited": EVENTS}
    assert capsys.readouterr().out == ""


def test_the_question_between_passes_takes_fewer(crowded: Environment, round_trips: Callable[[], int]) -> None:
    last = _pass(crowded)
    counting = -_statements(crowded) + _statements(crowded)
    before, statements, started = round_trips(), _statements(crowded), time.perf_counter()
    assert due(crowded.deps, last, ()) == []
    took_s = time.perf_counter() - started

    print(f"{took_s:.2f} s, {round_trips() - before} round trips")  # noqa: T201
    assert _statements(crowded) - statements - counting <= 4, "the events' ids and what is parked, each with its COMMIT"
    assert round_trips() - before < _QUESTION_ROUND_TRIPS
    assert took_s < _LONGEST_QUESTION_S


def _pass(environment: Environment) -> Pass:
    return reconcile(environment.deps, lambda: True)


def _statements(environment: Environment) -> int:
    """Return how many statements the ledger's connection has executed."""
    with environment.deps.ledger.database.transaction() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Questions'")
        return int(cursor.fetchall()[0][1])
