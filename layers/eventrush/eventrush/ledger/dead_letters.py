"""Dead letters: invalid records, stored unchanged, and what operators did with them."""

import base64
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pymysql.cursors import Cursor

from eventrush.ledger import sql
from eventrush.ledger.database import Database, retry_transient
from eventrush.ledger.event_log import Change, log
from eventrush.models import Entry, Position, StreamRecord
from eventrush.timestamps import utc

_SQL = sql.load("dead_letters")
_MAX_DETAIL: Final = 500
_SEATS: Final = 5000  # whose dead letters are read at once


class Reason(StrEnum):
    """Why a record is a dead letter."""

    MALFORMED = "malformed"
    UNKNOWN_EVENT = "unknown_event"
    BEYOND_CAPACITY = "beyond_capacity"
    SEAT_TAKEN = "seat_taken"
    USER_HAS_SEAT = "user_has_seat"
    STALE_EPOCH = "stale_epoch"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record, the reason, a sentence for people, and the entry if the record could be decoded.

    `decided_in` is the epoch in which the gate decided it; None if the gate was not asked.
    """

    record: StreamRecord
    reason: Reason
    detail: str
    entry: Entry | None = None
    decided_in: int | None = None


class DeadLetterState(StrEnum):
    """Whether a dead letter is unsettled (`DEAD`), or how it was settled."""

    DEAD = "DEAD"
    REDRIVEN = "REDRIVEN"
    DISCARDED = "DISCARDED"


@dataclass(frozen=True, slots=True)
class StoredDeadLetter:
    """A dead letter in the ledger; event, user and seat are None if the record could not be decoded."""

    record: StreamRecord
    event_id: str | None
    user_id: str | None
    seat_no: int | None
    reason: str
    detail: str
    dead_at: datetime
    state: DeadLetterState
    settled_at: datetime | None
    note: str | None

    @property
    def position(self) -> Position:
        """The position that identifies the dead letter."""
        return self.record.position


def insert_dead_letters(cursor: Cursor, letters: Iterable[DeadLetter]) -> None:
    """Store dead letters in the cursor's transaction; those that exist already stay unchanged."""
    cursor.executemany(_SQL["insert"], [_row(letter) for letter in letters])


class DeadLetters:
    """The stored dead letters; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retry_transient
    def list(self, *, event_id: str | None, state: DeadLetterState | None, limit: int) -> list[StoredDeadLetter]:
        """Return dead letters, the newest first; None means every event or every state."""
        parameters = {"event_id": event_id, "state": state and str(state), "limit": limit}
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_all"], parameters)
            return [_stored(row) for row in cursor.fetchall()]

    @retry_transient
    def get(self, position: Position) -> StoredDeadLetter | None:
        """Return one dead letter, None if there is none at that position."""
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select"], asdict(position))
            return next(map(_stored, cursor.fetchall()), None)

    @retry_transient
    def settle(
        self, position: Position, state: DeadLetterState, note: str | None, change: Change | None = None
    ) -> bool:
        """Record how a dead letter was settled; returns False if it was settled before."""
        parameters = {**asdict(position), "state": str(state), "note": note}
        with self._database.transaction() as cursor:
            settled = cursor.execute(_SQL["settle"], parameters) == 1
            log(cursor, change if settled else None)
            return settled

    def seats(self, event_id: str) -> set[int]:
        """Return the seats of an event's dead letters that were not redriven; reads 5,000 seats in a transaction."""
        dead: set[int] = set()
        first = self._first_seat(event_id, 1)
        while first is not None:
            after = first + _SEATS
            dead |= {seat_no for seat_no, _user in self.of_seats(event_id, range(first, after))}
            first = self._first_seat(event_id, after)
        return dead

    @retry_transient
    def of_seats(self, event_id: str, seat_nos: Collection[int]) -> set[tuple[int, str]]:
        """Return seat and user of each dead letter of these seats that was not redriven."""
        if not seat_nos:
            return set()
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_of_seats"], {"event_id": event_id, "seat_nos": list(seat_nos)})
            return set(cursor.fetchall())

    @retry_transient
    def _first_seat(self, event_id: str, at_least: int) -> int | None:
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_first_seat"], {"event_id": event_id, "at_least": at_least})
            return next((int(seat_no) for (seat_no,) in cursor.fetchall()), None)


def record_columns(record: StreamRecord) -> tuple[object, ...]:
    """Return a record as the ledger stores it: position, key, value, headers, time."""
    headers = json.dumps([[name, base64.b64encode(value).decode()] for name, value in record.headers.items()])
    return (
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        headers,
        record.timestamp.replace(tzinfo=None),
    )


def stored_record(columns: Sequence[Any]) -> StreamRecord:
    """Return the record of such columns."""
    topic, partition, offset, key, value, headers, record_time = columns
    decoded = {name: base64.b64decode(text) for name, text in json.loads(headers)}
    return StreamRecord(topic, partition, offset, utc(record_time), key, value, decoded)


def _row(letter: DeadLetter) -> tuple[object, ...]:
    entry = letter.entry
    of_entry = (entry.event_id, entry.user_id, entry.seat_no) if entry else (None, None, None)
    return (*record_columns(letter.record), *of_entry, str(letter.reason), letter.detail[:_MAX_DETAIL])


def _stored(row: tuple[Any, ...]) -> StoredDeadLetter:
    event_id, user_id, seat_no, reason, detail, dead_at, state, settled_at, note = row[7:]
    settled = (utc(dead_at), DeadLetterState(state), settled_at and utc(settled_at), note)
    return StoredDeadLetter(stored_record(row[:7]), event_id, user_id, seat_no, reason, detail, *settled)
