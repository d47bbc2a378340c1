"""Dead letters as operators see them: looked at, sent again, or laid aside with a reason."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from eventrush import clock
from eventrush.ledger.database import Database, again
from eventrush.ledger.statements import statement
from eventrush.record import StreamRecord


class LetterState(StrEnum):
    """What was done about a dead letter."""

    DEAD = "DEAD"
    REDRIVEN = "REDRIVEN"
    DISCARDED = "DISCARDED"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record stood in the stream, which is a dead letter's name; written topic:partition:offset."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A dead letter as it is kept; event, user and seat are None where the record could not be read."""

    record: StreamRecord
    event_id: str | None
    user_id: str | None
    seat_no: int | None
    reason: str
    detail: str
    dead_at: datetime
    state: LetterState
    settled_at: datetime | None
    note: str | None

    @property
    def position(self) -> Position:
        """The letter's name."""
        return Position(self.record.topic, self.record.partition, self.record.offset)


class Letterbox:
    """The dead letters of the ledger; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        """Take the ledger's database."""
        self._database = database

    @again
    def list(self, *, event_id: str | None, state: LetterState | None, limit: int) -> list[StoredLetter]:
        """Give dead letters, the newest first."""
        parameters = {"event_id": event_id, "state": state and str(state), "limit": limit}
        with self._database.transaction() as cursor:
            cursor.execute(statement("select_dead_letters"), parameters)
            return [_letter(row) for row in cursor.fetchall()]

    @again
    def get(self, position: Position) -> StoredLetter | None:
        """Give one dead letter, None where there is none of that name."""
        with self._database.transaction() as cursor:
            cursor.execute(statement("select_dead_letter"), _where(position))
            return next(map(_letter, cursor.fetchall()), None)

    @again
    def settle(self, position: Position, state: LetterState, note: str | None) -> bool:
        """Note what was done about a letter; False where something had been done already."""
        parameters = {**_where(position), "state": str(state), "note": note}
        with self._database.transaction() as cursor:
            return cursor.execute(statement("settle_dead_letter"), parameters) == 1


def _where(position: Position) -> dict[str, object]:
    return {"topic": position.topic, "partition": position.partition, "offset": position.offset}


def _letter(row: tuple[Any, ...]) -> StoredLetter:
    topic, partition, offset, key, value, headers, *rest, record_time, dead_at, state, settled_at, note = row
    event_id, user_id, seat_no, reason, detail = rest
    record = StreamRecord(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp=clock.utc(record_time),
        key=key,
        value=value,
        headers={name: base64.b64decode(text) for name, text in json.loads(headers)},
    )
    moment = settled_at and clock.utc(settled_at)
    settled = (clock.utc(dead_at), LetterState(state), moment, note)
    return StoredLetter(record, event_id, user_id, seat_no, reason, detail, *settled)
