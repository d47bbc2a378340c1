"""The rows and dead letters of a batch in MySQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta, timezone
from typing import TYPE_CHECKING

import pymysql
import pytest

from eventrush.errors import LedgerError
from eventrush.ledger.database import Database
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event
from tests.deliveries import NOW, an_entry, delivery, poison
from tests.integration.ledger.conftest import Connect, rows
from tests.waiting import until

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

type Other = "Connection[Cursor]"

INSERT = (
    "INSERT INTO event_join (event_id, seat_no, user_id, request_time, attempt_id, epoch)"
    " VALUES (%s, %s, %s, NOW(), '', 1)"
)


def insert(connection: Other, event_id: str, seat_no: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(INSERT, (event_id, seat_no, f"other-{seat_no}"))


def test_a_row_has_the_entry_s_time_in_utc_microseconds(real_ledger: Ledger, other: Other, ledger_event: Event) -> None:
    entry = replace(an_entry(ledger_event.event_id, 7, "a'b\\c%s"), attempt_id="x" * 64, epoch=3)
    real_ledger.batch.record([delivery(entry)])
    with other.cursor() as cursor:
        cursor.execute(
            "SELECT seat_no, user_id, request_time, attempt_id, epoch FROM event_join WHERE event_id = %s",
            (ledger_event.event_id,),
        )
        assert cursor.fetchall() == ((7, "a'b\\c%s", NOW.replace(tzinfo=None), "x" * 64, 3),)


def test_an_event_s_times_are_stored_in_utc(real_ledger: Ledger, ledger_event: Event) -> None:
    seoul = timezone(timedelta(hours=9))
    timed = replace(ledger_event, opens_at=NOW.astimezone(seoul), closes_at=NOW + timedelta(days=1))
    real_ledger.update_event(timed)
    assert real_ledger.get_event(timed.event_id) == timed


def test_a_dead_letter_is_stored_unchanged(real_ledger: Ledger, other: Other) -> None:
    letter = poison(b"\x00\xff'\"\\%s\n")
    letter = replace(letter, record=replace(letter.record, headers={"schema": b"\xff", "k": b""}), detail="d" * 900)
    real_ledger.batch.record([], [letter])
    with other.cursor() as cursor:
        cursor.execute(
            "SELECT record_key, record_value, headers, reason, LENGTH(detail), event_id, state FROM dead_letter"
            " WHERE topic = 'test' AND partition_no = 1 AND offset_no = %s",
            (letter.record.offset,),
        )
        (row,) = cursor.fetchall()
    assert row == (b"k", b"\x00\xff'\"\\%s\n", '[["schema", "/w=="], ["k", ""]]', "malformed", 500, None, "DEAD")


def test_concurrent_consumers_record_each_seat_once(
    connect: Connect, real_ledger: Ledger, other: Other, ledger_event: Event
) -> None:
    """After a rebalance, several environments may write the same batch, in different orders."""
    event = replace(ledger_event, capacity=500)
    real_ledger.update_event(event)
    deliveries = [delivery(an_entry(event.event_id, seat)) for seat in range(1, 501)]

    def consume(number: int) -> int:
        ledger = Ledger(Database(connect))
        recorded = ledger.batch.record(deliveries[:: -1 if number % 2 else 1]).recorded
        ledger.close()
        return recorded

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(consume, range(10))) == 500
    assert rows(other, event.event_id) == [(seat, f"user-{seat}") for seat in range(1, 501)]


def test_the_unique_keys_reject_a_second_row_of_a_seat_or_user(
    real_ledger: Ledger, other: Other, ledger_event: Event
) -> None:
    real_ledger.batch.record([delivery(an_entry(ledger_event.event_id, 1, "u"))])
    for seat_no, user_id in ((1, "v"), (2, "u"), (0, "w")):
        with other.cursor() as cursor, pytest.raises(pymysql.MySQLError):
            cursor.execute(INSERT, (ledger_event.event_id, seat_no, user_id))
    with other.cursor() as cursor, pytest.raises(pymysql.IntegrityError):
        cursor.execute(INSERT, ("no-such-event", 1, "u"))


class CountingConnect:
    """Connects as the ledger does, and counts; only the first connection has this time-out of lock waits."""

    def __init__(self, connect: Connect, first_lock_wait_s: int = 50) -> None:
        self._connect = connect
        self._lock_wait_s = first_lock_wait_s
        self.count = 0

    def __call__(self) -> "Connection[Cursor]":
        connection = self._connect()
        self.count += 1
        if self.count == 1:
            connection.query(f"SET SESSION innodb_lock_wait_timeout = {self._lock_wait_s}")
        return connection


def test_a_lock_wait_time_out_is_retried(connect: Connect, other: Other, ledger_event: Event) -> None:
    insert(other, ledger_event.event_id, 1)  # not committed
    counting = CountingConnect(connect, first_lock_wait_s=1)
    ledger = Ledger(Database(counting))
    with ThreadPoolExecutor(1) as pool:
        recording = pool.submit(ledger.batch.record, [delivery(an_entry(ledger_event.event_id, 1))])
        until(lambda: counting.count == 2)  # the first attempt has timed out (1205)
        other.rollback()
        assert recording.result().recorded == 1
    ledger.close()
    assert rows(other, ledger_event.event_id) == [(1, "user-1")]


def test_the_victim_of_a_deadlock_retries(
    connect: Connect, real_ledger: Ledger, other: Other, ledger_event: Event
) -> None:
    event = replace(ledger_event, capacity=500)
    real_ledger.update_event(event)
    for seat in range(100, 500):  # the victim of a deadlock is the smaller transaction
        insert(other, event.event_id, seat)
    counting = CountingConnect(connect)
    ledger = Ledger(Database(counting))
    with ThreadPoolExecutor(1) as pool:
        recording = pool.submit(ledger.batch.record, [delivery(an_entry(event.event_id, seat)) for seat in (1, 100)])
        until(lambda: is_locked(connect, event.event_id, 1))  # the batch waits for seat 100, or will
        insert(other, event.event_id, 1)  # completes the deadlock
        until(lambda: counting.count == 2)
        other.rollback()
        assert recording.result().recorded == 2
    ledger.close()
    assert rows(other, event.event_id) == [(1, "user-1"), (100, "user-100")]


def is_locked(connect: Connect, event_id: str, seat_no: int) -> bool:
    """Return whether an open transaction has inserted a seat."""
    with connect() as connection, connection.cursor() as cursor:
        try:
            cursor.execute(
                "SELECT 1 FROM event_join WHERE event_id = %s AND seat_no = %s FOR UPDATE NOWAIT", (event_id, seat_no)
            )
        except pymysql.OperationalError:
            return True
    return False


def test_a_batch_that_fails_is_rolled_back(real_ledger: Ledger, other: Other, ledger_event: Event) -> None:
    letter = poison()
    unstorable = replace(letter, record=replace(letter.record, topic="t" * 300))
    with pytest.raises(LedgerError):
        real_ledger.batch.record([delivery(an_entry(ledger_event.event_id, 1))], [unstorable])
    assert rows(other, ledger_event.event_id) == []
    assert real_ledger.batch.record([delivery(an_entry(ledger_event.event_id, 1))]).recorded == 1
