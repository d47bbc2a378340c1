"""What the transaction of a batch locks, and what it leaves to others."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pymysql
import pytest

from eventrush.ledger.database import LOCK_WAIT, Database
from eventrush.ledger.ledger import Ledger
from eventrush.models import Delivery, Event
from tests.deliveries import an_entry, delivery
from tests.integration.conftest import new_id
from tests.integration.ledger.conftest import Connect, interrupted, rows
from tests.waiting import until

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

type Other = "Connection[Cursor]"


@pytest.fixture
def impatient(other: Other) -> Other:
    """Return a connection whose statements wait for a lock for one second."""
    other.query("SET SESSION innodb_lock_wait_timeout = 1")
    return other


@pytest.mark.parametrize("change", ["capacity = 5", "epoch = epoch + 1"])
def test_rules_do_not_change_between_their_reading_and_the_rows(
    connect: Connect, impatient: Other, ledger_event: Event, change: str
) -> None:
    """Otherwise a row could follow the commit of a capacity or an epoch that excludes it."""

    def change_the_rules() -> None:
        with impatient.cursor() as cursor, pytest.raises(pymysql.OperationalError) as raised:
            cursor.execute(f"UPDATE event SET {change} WHERE event_id = %s", (ledger_event.event_id,))  # noqa: S608 our own text
        assert raised.value.args[0] == LOCK_WAIT

    ledger = interrupted(connect, "INSERT INTO event_join", change_the_rules)
    assert ledger.batch.record([delivery(an_entry(ledger_event.event_id, 10))]).recorded == 1
    assert rows(impatient, ledger_event.event_id) == [(10, "user-10")]
    ledger.close()


def test_an_event_can_be_added_while_a_batch_has_an_entry_of_an_unknown_event(
    connect: Connect, impatient: Other, ledger_event: Event
) -> None:
    """With gap locks, the batch would lock the place in the index where it has not found the event."""
    unknown = new_id()

    def add_event_beside() -> None:
        with impatient.cursor() as cursor:
            cursor.execute(
                "INSERT INTO event (event_id, name, capacity, created_at) VALUES (%s, 'An event', 1, NOW())",
                (f"{unknown}-b",),
            )
        impatient.commit()

    ledger = interrupted(connect, "INSERT INTO event_join", add_event_beside)
    result = ledger.batch.record([delivery(an_entry(event_id, 1)) for event_id in (unknown, ledger_event.event_id)])
    assert (result.recorded, len(result.dead)) == (1, 1)
    assert ledger.get_event(f"{unknown}-b").capacity == 1
    ledger.close()


def running_inserts(connect: Connect) -> int:
    """Return the number of this user's statements that insert rows of entries now."""
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'INSERT INTO event_join%'")
        ((number,),) = cursor.fetchall()
    return int(number)


def test_batches_of_the_same_seats_in_opposite_order_do_not_deadlock(
    connect: Connect, other: Other, ledger_event: Event
) -> None:
    """Both wait for seat 5. In the order of their deliveries, one would have inserted seat 1, the other seat 9."""
    with other.cursor() as cursor:
        cursor.execute(
            "INSERT INTO event_join (event_id, seat_no, user_id, request_time, attempt_id, epoch)"
            " VALUES (%s, 5, 'other', NOW(), '', 1)",
            (ledger_event.event_id,),
        )
    deliveries = [delivery(an_entry(ledger_event.event_id, seat)) for seat in (1, 5, 9)]
    connections: list[Other] = []

    def counted() -> Other:
        connections.append(connect())
        return connections[-1]

    def record(batch: list[Delivery]) -> int:
        ledger = Ledger(Database(counted))
        recorded = ledger.batch.record(batch).recorded
        ledger.close()
        return recorded

    with ThreadPoolExecutor(2) as pool:
        recording = [pool.submit(record, batch) for batch in (deliveries, deliveries[::-1])]
        until(lambda: running_inserts(connect) == 2)
        other.rollback()
        assert sorted(batch.result() for batch in recording) == [0, 3]
    assert len(connections) == 2, "the victim of a deadlock connects again"
    assert rows(other, ledger_event.event_id) == [(1, "user-1"), (5, "user-5"), (9, "user-9")]
