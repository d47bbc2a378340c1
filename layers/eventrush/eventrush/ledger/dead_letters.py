"""Dead letters: invalid records, stored unchanged, and what operators did with them."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pymysql.cursors import Cursor

from eventrush.ledger import queries
from eventrush.ledger.database import Database, retry_transient
from eventrush.models import Entry, StreamRecord
from eventrush.timestamps import utc

_SQL = queries.load("dead_letters")
_MAX_DETAIL: Final = 500


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
    """A record, the reason, a sentence for people, and the entry if the record could be decoded."""

    record: StreamRecord
    reason: Reason
    detail: str
    entry: Entry | None = None


class DeadLetterState(StrEnum):
    """Whether a dead letter is unsettled (`DEAD`), or how it was settled."""

    DEAD = "DEAD"
    REDRIVEN = "REDRIVEN"
    DISCARDED = "DISCARDED"


@dataclass(frozen=True, slots=True)
class Position:
    """A record's position in the stream, which identifies a dead letter; written topic:partition:offset."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


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
        return Position(self.record.topic, self.record.partition, self.record.offset)


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
            cursor.execute(_SQL["select"], _key(position))
            return next(map(_stored, cursor.fetchall()), None)

    @retry_transient
    def settle(self, position: Position, state: DeadLetterState, note: str | None) -> bool:
        """Record how a dead letter was settled; returns False if it was settled before."""
        parameters = {**_key(position), "state": str(state), "note": note}
        with self._database.transaction() as cursor:
            return cursor.execute(_SQL["settle"], parameters) == 1

    @retry_transient
    def seats(self, event_id: str) -> dict[int, set[str]]:
        """Return the seats of an event's dead letters that were not redriven, with the users of each seat."""
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_seats"], {"event_id": event_id})
            rows = cursor.fetchall()
        dead: dict[int, set[str]] = {}
        for seat_no, user_id in rows:
            dead.setdefault(seat_no, set()).add(user_id)
        return dead


def _key(position: Position) -> dict[str, object]:
    return {"topic": position.topic, "partition": position.partition, "offset": position.offset}


def _row(letter: DeadLetter) -> tuple[object, ...]:
    record, entry = letter.record, letter.entry
    headers = json.dumps([[name, base64.b64encode(value).decode()] for name, value in record.headers.items()])
    return (
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        headers,
        entry.event_id if entry else None,
        entry.user_id if entry else None,
        entry.seat_no if entry else None,
        str(letter.reason),
        letter.detail[:_MAX_DETAIL],
        record.timestamp.replace(tzinfo=None),
    )


def _stored(row: tuple[Any, ...]) -> StoredDeadLetter:
    topic, partition, offset, key, value, headers, *rest, record_time, dead_at, state, settled_at, note = row
    event_id, user_id, seat_no, reason, detail = rest
    record = StreamRecord(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp=utc(record_time),
        key=key,
        value=value,
        headers={name: base64.b64decode(text) for name, text in json.loads(headers)},
    )
    settled = (utc(dead_at), DeadLetterState(state), settled_at and utc(settled_at), note)
    return StoredDeadLetter(record, event_id, user_id, seat_no, reason, detail, *settled)
