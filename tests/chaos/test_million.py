"""At a million recorded entries, a pass with nothing to do takes under a second and the memory that it always takes.

And a gate that lost them all has them back in time.
"""

import time
import tracemalloc
from typing import Any, Final

import pytest

from eventrush.gate import codec
from eventrush.models import Event
from eventrush.rebuild import rebuild
from reconcile.service import Reconciled, reconcile
from tests.chaos.crash.world import EVENT, World

pytestmark = pytest.mark.chaos

MILLION: Final = 1_000_000
_CHUNK: Final = 100_000
_LONGEST_S: Final = 1.0
_LONGEST_REBUILD_S: Final = 90.0
_SLACK_BYTES: Final = 64 * 1024
_DIGITS: Final = "(SELECT 0 d UNION ALL " + " UNION ALL ".join(f"SELECT {digit}" for digit in range(1, 10)) + ")"


@pytest.mark.timeout(240)
def test_a_pass_costs_the_same_at_a_million_entries(world: World) -> None:
    small = _peak_bytes(_settled(world, 1000))
    settled = _settled(world, MILLION)

    took_s = []
    for _ in range(3):
        started = time.perf_counter()
        (found,) = _pass(settled)
        took_s.append(time.perf_counter() - started)

    assert found.audit.issued == found.audit.recorded == MILLION
    assert found.audit.missing == []
    assert min(took_s) < _LONGEST_S
    assert _peak_bytes(settled) < small + _SLACK_BYTES


@pytest.mark.timeout(240)
def test_a_million_entries_are_put_back(world: World) -> None:
    settled = _settled(world, MILLION)
    settled.redis.flushall()
    started = time.perf_counter()
    (rebuilt,) = rebuild(settled.deps.gate, settled.deps.ledger, settled.deps.reader, [EVENT])
    took_s = time.perf_counter() - started
    assert (rebuilt.from_ledger, rebuilt.issued, rebuilt.free) == (MILLION, MILLION, 0)
    assert settled.redis.hlen(codec.event_keys(EVENT).entries) == MILLION
    assert took_s < _LONGEST_REBUILD_S


def _settled(world: World, entries: int) -> World:
    """Record so many entries, and let one pass read them all: from then on there is nothing to do."""
    world.begin(Event(EVENT, "Crowd", MILLION))
    chunk = min(entries, _CHUNK)
    powers = [10**power for power in range(len(str(chunk)) - 1)]
    joins = ", ".join(f"{_DIGITS} d{power}" for power in powers)
    seat = " + ".join(f"d{power}.d * {power}" for power in powers)
    for first in range(1, entries + 1, chunk):
        with world.deps.ledger.database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO event_join (event_id, seat_no, user_id, request_time, attempt_id, epoch) "  # noqa: S608 ours
                f"SELECT '{EVENT}', {first} + {seat}, CONCAT('user-', {first} + {seat}), UTC_TIMESTAMP(6), 'key', 1 "
                f"FROM {joins}"
            )
    family, now_us = codec.event_keys(EVENT), int(time.time() * 1e6)
    world.redis.hset(family.rules, "issued", entries)
    for first in range(1, entries + 1, 10_000):
        held: dict[Any, Any] = {
            f"user-{seat}": f"{seat}:{now_us}:key" for seat in range(first, min(first + 10_000, entries + 1))
        }
        world.redis.hset(family.entries, mapping=held)
    _pass(world)
    return world


def _pass(world: World) -> list[Reconciled]:
    return reconcile(world.deps, lambda: True).events


def _peak_bytes(world: World) -> int:
    tracemalloc.start()
    try:
        _pass(world)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
