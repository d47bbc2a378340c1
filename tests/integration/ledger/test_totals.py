"""An event's totals are counted from its rows, in statements whose size does not grow with the event."""

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from pymysql.cursors import Cursor

from eventrush.ledger.ledger import Ledger, Totals
from eventrush.models import Event
from tests.deliveries import an_entry, delivery, poison
from tests.integration.ledger.conftest import Connect, interrupted

if TYPE_CHECKING:
    from pymysql.connections import Connection


def record(ledger: Ledger, event: Event, seats: list[int]) -> None:
    ledger.update_event(replace(event, capacity=max(seats)))
    ledger.batch.record([delivery(an_entry(event.event_id, seat)) for seat in seats])


@pytest.mark.parametrize("chunk", [1, 3, 7, 100])
def test_totals_are_those_of_all_rows(real_ledger: Ledger, ledger_event: Event, chunk: int) -> None:
    assert real_ledger.totals(ledger_event.event_id, chunk) == Totals(0, 0, 0, 0, 0, 0)
    record(real_ledger, ledger_event, [2, 3, 4, 10, 11, 12, 500])
    beyond = delivery(an_entry(ledger_event.event_id, 501))
    real_ledger.batch.record([beyond], [poison()])
    assert real_ledger.totals(ledger_event.event_id, chunk) == Totals(7, 7, 7, 2, 500, 1)


def reads(connection: "Connection[Cursor]") -> int:
    """Return how many entries of indexes a connection has read."""
    with Cursor(connection) as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sum(int(value) for name, value in cursor.fetchall() if name in {"Handler_read_next", "Handler_read_key"})


def test_no_statement_reads_more_rows_of_a_larger_event(connect: Connect, ledger_event: Event) -> None:
    connections: list[Connection[Cursor]] = []
    read: list[int] = []

    def kept() -> "Connection[Cursor]":
        connections.append(connect())
        return connections[-1]

    ledger = interrupted(kept, "SELECT", lambda: read.append(reads(connections[-1])))
    record(ledger, ledger_event, list(range(1, 1001)))
    read.clear()
    assert ledger.totals(ledger_event.event_id, 50).users == 1000
    ledger.close()
    assert len(read) > 1000 / 50 * 2
    assert max(after - before for before, after in pairwise(read)) < 200


def test_rows_that_are_recorded_meanwhile_are_not_counted_by_half(
    connect: Connect, real_ledger: Ledger, ledger_event: Event
) -> None:
    """As if an event had more users than entries."""
    seats = iter(range(2, 11))

    def record_another() -> None:
        real_ledger.batch.record([delivery(an_entry(ledger_event.event_id, next(seats)))])

    record(real_ledger, ledger_event, [1, 10])
    ledger = interrupted(connect, "SELECT COUNT(*)", record_another)
    assert ledger.totals(ledger_event.event_id) == Totals(2, 2, 2, 1, 10, 0)
    assert real_ledger.totals(ledger_event.event_id).entries > 2
    ledger.close()


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_totals_trust_no_key(real_ledger: Ledger, ledger_event: Event, chunk: int) -> None:
    """A table without keys stands before the real one for this connection."""
    with real_ledger.database.transaction() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE event_join (event_id VARCHAR(64), seat_no INT, user_id VARCHAR(64))")
        rows = [(ledger_event.event_id, *row) for row in ((1, "a"), (1, "b"), (2, "b"), (3, "b"))]
        cursor.executemany("INSERT INTO event_join VALUES (%s, %s, %s)", rows)
    assert real_ledger.totals(ledger_event.event_id, chunk) == Totals(4, 2, 3, 1, 3, 0)
