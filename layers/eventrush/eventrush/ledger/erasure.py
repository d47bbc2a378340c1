"""Replaces a user's id by a random one in rows, dead letters and parked records; seats and times stay."""

import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from pymysql.cursors import Cursor

from eventrush.errors import MalformedRecordError
from eventrush.identifiers import FORGOTTEN_LIKE
from eventrush.ledger import sql
from eventrush.ledger.database import Database, retry_transient
from eventrush.ledger.dead_letters import record_columns, stored_record
from eventrush.ledger.event_log import Change, log
from eventrush.models import Entry, StreamRecord
from eventrush.stream.message import decode, encode
from eventrush.timestamps import utc

_SQL = sql.load("erasure")
_ERASED_NOTE: Final = "(erased)"


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows, dead letters and parked records had the id."""

    rows: int
    dead_letters: int
    parked: int


@dataclass(frozen=True, slots=True)
class PersonalLetter:
    """A dead letter of a user; `user_id` and `seat_no` are None if its record could not be decoded."""

    record: StreamRecord
    user_id: str | None
    seat_no: int | None
    note: str | None


class Erasure:
    """What the ledger has of one user of one event; each method is one transaction."""

    def __init__(self, database: Database, event_id: str, user_id: str) -> None:
        """Take the database, the event and the user."""
        self._database = database
        self._event_id = event_id
        self._user_id = user_id
        self._of_user: Final = {"event_id": event_id, "user_id": user_id}

    @retry_transient
    def row(self) -> Entry | None:
        """Return the recorded entry, None if there is none."""
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_row"], self._of_user)
            for seat_no, request_time, epoch, attempt_id in cursor.fetchall():
                return Entry(self._event_id, self._user_id, seat_no, utc(request_time), epoch, attempt_id)
        return None

    @retry_transient
    def forgotten_id(self, entry: Entry) -> str | None:
        """Return the random id under which this entry is recorded, None if it is not."""
        with self._database.transaction() as cursor:
            moment = entry.request_time.replace(tzinfo=None)
            seat = {"event_id": entry.event_id, "seat_no": entry.seat_no, "request_time": moment}
            cursor.execute(_SQL["select_forgotten"], {**seat, "pattern": FORGOTTEN_LIKE})
            return next((str(user_id) for (user_id,) in cursor.fetchall()), None)

    @retry_transient
    def letters(self) -> list[PersonalLetter]:
        """Return the user's dead letters, those of undecodable records included."""
        with self._database.transaction() as cursor:
            return self._letters(cursor)

    @retry_transient
    def recorded(self, seat_nos: Collection[int]) -> set[int]:
        """Return which of these seats have a row."""
        if not seat_nos:
            return set()
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_recorded"], {"event_id": self._event_id, "seat_nos": list(seat_nos)})
            return {seat_no for (seat_no,) in cursor.fetchall()}

    @retry_transient
    def erase(self, new_id: str, change: Change | None = None) -> Erased:
        """Replace the id, and the attempt ids of its records, by this one; the logged change names neither."""
        with self._database.transaction() as cursor:
            rows = cursor.execute(_SQL["update_row"], {**self._of_user, "new_id": new_id})
            letters = self._letters(cursor)
            for letter in letters:
                changed = _columns(_erased(letter.record, new_id), letter.user_id and new_id)
                note = _ERASED_NOTE if letter.note and self._user_id in letter.note else letter.note
                cursor.execute(_SQL["update_letter"], {**changed, "note": note})
            cursor.execute(_SQL["select_parked"], self._of_user)
            parked = [stored_record(columns) for columns in cursor.fetchall()]
            for record in parked:
                cursor.execute(_SQL["update_parked"], _columns(_erased(record, new_id), new_id))
            log(cursor, change)
        return Erased(rows, len(letters), len(parked))

    def _letters(self, cursor: Cursor) -> list[PersonalLetter]:
        cursor.execute(_SQL["select_letters"], {**self._of_user, "raw": self._user_id.encode("ascii")})
        found = (PersonalLetter(stored_record(row[:7]), *row[7:]) for row in cursor.fetchall())
        return [at for at in found if at.user_id or concerns(at.record, self._event_id, self._user_id)]


def concerns(record: StreamRecord, event_id: str, user_id: str) -> bool:
    """Return whether a record is of this user, and of this event or none; also where it cannot be decoded."""
    raw = user_id.encode("ascii")
    try:
        document = json.loads(record.value or b"")
    except (ValueError, RecursionError):  # its parts cannot be told apart
        word = rb"(?<![0-9A-Za-z])%b(?![0-9A-Za-z])" % re.escape(raw)
        return record.key == raw or re.search(word, record.value or b"") is not None
    if not isinstance(document, dict):
        return record.key == raw
    return document.get("eventId", event_id) == event_id and (
        record.key == raw or str(document.get("userId")) == user_id
    )


def _erased(record: StreamRecord, new_id: str) -> StreamRecord:
    """Return the record with another user and attempt id; nothing but its position if it cannot be decoded."""
    try:
        entry = decode(record.value, record.headers)
    except MalformedRecordError:
        return replace(record, key=None, value=None, headers={})
    key, value, headers = encode(replace(entry, user_id=new_id, attempt_id=new_id))
    return replace(record, key=key, value=value, headers={name: raw for name, raw in headers if isinstance(raw, bytes)})


def _columns(record: StreamRecord, user_id: str | None) -> dict[str, Any]:
    headers = record_columns(record)[5]
    return {
        **asdict(record.position),
        "key": record.key,
        "value": record.value,
        "headers": headers,
        "user_id": user_id,
    }
