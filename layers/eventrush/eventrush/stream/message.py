"""Encodes an entry as a Kafka record: the user is the key, the entry the JSON value, schema and attempt id headers."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from eventrush.errors import MalformedRecordError
from eventrush.identifiers import event_id_text, user_id_text
from eventrush.models import Entry
from eventrush.timestamps import UNIX_EPOCH, to_iso

SCHEMA: Final = "event.join/1"
MAX_SEAT_NO: Final = 2**31 - 1
_SCHEMA: Final = SCHEMA.encode()
_ATTEMPT: Final = re.compile(rb"[!-~]{0,64}")

Headers = Mapping[str, bytes]
# In a producer's types: headers; key, value and headers.
RecordHeaders = list[tuple[str, str | bytes | None]]
Encoded = tuple[bytes | None, bytes | None, RecordHeaders]


def encode(entry: Entry) -> Encoded:
    """Return the key, value and headers of an entry's record."""
    value = (  # an event id has no character that JSON escapes
        f'{{"eventId":"{entry.event_id}","userId":{json.dumps(entry.user_id)},"seatNo":{entry.seat_no},'
        f'"requestTime":"{to_iso(entry.request_time)}","epoch":{entry.epoch}}}'
    )
    headers: RecordHeaders = [("schema", _SCHEMA), ("attempt", entry.attempt_id.encode("ascii"))]
    return entry.user_id.encode("ascii"), value.encode("ascii"), headers


def decode(value: bytes | None, headers: Headers) -> Entry:
    """Decode an entry from a record's value and headers; raises `MalformedRecordError` saying what is wrong.

    A decoded entry fits the ledger's columns: a record that did not would make every attempt at its batch fail. Unknown
    fields are ignored, as a later version may add some.
    """
    attempt_id = headers.get("attempt", b"")
    if headers.get("schema", _SCHEMA) != _SCHEMA:
        raise MalformedRecordError(f"header schema is not {SCHEMA}")
    if not _ATTEMPT.fullmatch(attempt_id):
        raise MalformedRecordError("header attempt is not up to 64 visible ASCII characters")
    if value is None:
        raise MalformedRecordError("the value is empty")
    try:
        document = json.loads(value.decode())
    except (ValueError, RecursionError) as exc:
        raise MalformedRecordError("value: is not JSON") from exc
    if not isinstance(document, dict):
        raise MalformedRecordError("value: is not an object")
    fields: list[Any] = []
    for name, read in _FIELDS.items():
        if name not in document:
            raise MalformedRecordError(f"{name}: is required")
        try:
            fields.append(read(document[name]))
        except ValueError as exc:
            raise MalformedRecordError(f"{name}: {exc}") from exc
    fields.append(attempt_id.decode("ascii"))
    return Entry(*fields)


def _number(value: object) -> int:
    if type(value) is not int or not 1 <= value <= MAX_SEAT_NO:  # True is an int, too
        raise ValueError(f"must be an integer from 1 to {MAX_SEAT_NO}")
    return value


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:  # it prints the value
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("must be a time in ISO 8601 with its offset from UTC")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:  # its UTC offset moves it before year 1 or after year 9999
        raise ValueError("is out of range in UTC") from None
    if moment < UNIX_EPOCH:  # the gate counts microseconds since 1970
        raise ValueError("is before 1970")
    return moment


# In the order of an entry's fields.
_FIELDS: Final[Mapping[str, Callable[[object], Any]]] = {
    "eventId": event_id_text,
    "userId": user_id_text,
    "seatNo": _number,
    "requestTime": _moment,
    "epoch": _number,
}
