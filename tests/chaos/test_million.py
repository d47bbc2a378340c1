"""With a million recorded entries a pass stays quick and small, and a lost gate is rebuilt in time."""

import time
import tracemalloc
from datetime import timedelta
from typing import Any, Final

import pytest

from eventrush.gate import codec
from eventrush.models import Event
from eventrush.rebuild import rebuild
from reconcile.service import Reconciled, reconcile
from tests.chaos.crash.environment import EVENT_ID, Environment

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

MILLION: Final = 1_000_000
_CHUNK: Final = 100_000
_LONGEST_S: Final = 1.0
_LONGEST_REBUILD_S: Final = 90.0
_SLACK_BYTES: Final = 64 * 1024


@pytest.fixture(scope="module")
def small_peak(environment: Environment) -> int:
    """Return the bytes that a pass over a thousand entries needs."""
    _record(environment, 1000)
    return _peak_bytes(environment)


@pytest.fixture(scope="module")
def million(environment: Environment, small_peak: int) -> Environment:  # noqa: ARG001 measured before
    """Record a million entries."""
    _record(environment, MILLION)
    return environment


def test_a_pass_costs_the_same_at_a_million_entries(million: Environment, small_peak: int) -> None:
    took_s = []
    for _ in range(3):
        started = time.perf_counter()
        (found,) = _pass(million)
        took_s.append(time.perf_counter() - started)

    assert found.audit.issued == found.audit.recorded == MILLION
    assert found.audit.missing == []
    assert min(took_s) < _LONGEST_S
    assert _peak_bytes(million) < small_peak + _SLACK_BYTES


def test_a_million_entries_are_put_back(million: Environment) -> None:
    million.redis.flushall()
    started = time.perf_counter()
    deps = million.deps
    (rebuilt,), _ = rebuild(deps.gate, deps.ledger, deps.reader, [EVENT_ID], timedelta(days=30))
    took_s = time.perf_counter() - started
    assert (rebuilt.from_ledger, rebuilt.issued, rebuilt.free) == (MILLION, MILLION, 0)
    assert million.redis.hlen(codec.event_keys(EVENT_ID).entries) == MILLION
    assert took_s < _LONGEST_REBUILD_S


def _record(environment: Environment, entries: int) -> None:
    """Put so many entries into ledger and gate, and make the pass that reads them all: the next has nothing to do."""
    environment.reset(Event(EVENT_ID, "Crowd", MILLION))
    columns = "event_id, seat_no, user_id, request_time, attempt_id, epoch"
    recorded = 1
    with environment.deps.ledger.database.transaction() as cursor:
        cursor.execute(
            f"INSERT INTO event_join ({columns}) VALUES (%s, 1, 'user-1', UTC_TIMESTAMP(6), 'key', 1)",  # noqa: S608 ours
            (EVENT_ID,),
        )
    while recorded < entries:  # the rows so far are copied to the seats behind them
        more = min(recorded, entries - recorded, _CHUNK)
        with environment.deps.ledger.database.transaction() as cursor:
            cursor.execute(
                f"INSERT INTO event_join ({columns}) SELECT event_id, seat_no + %s, CONCAT('user-', seat_no + %s), "  # noqa: S608 ours
                "request_time, attempt_id, epoch FROM event_join WHERE event_id = %s AND seat_no <= %s",
                (recorded, recorded, EVENT_ID, more),
            )
        recorded += more
    family, now_us = codec.event_keys(EVENT_ID), int(time.time() * 1e6)
    environment.redis.hset(family.rules, "issued", entries)
    for first in range(1, entries + 1, 10_000):
        seats = range(first, min(first + 10_000, entries + 1))
        entries_of: dict[Any, Any] = {f"user-{seat}": f"{seat}:{now_us}:1:key" for seat in seats}
        environment.redis.hset(family.entries, mapping=entries_of)
    _pass(environment)


def _pass(environment: Environment) -> list[Reconciled]:
    return reconcile(environment.deps, lambda: True).events


def _peak_bytes(environment: Environment) -> int:
    tracemalloc.start()
    try:
        _pass(environment)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
