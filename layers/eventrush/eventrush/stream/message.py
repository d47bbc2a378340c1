"""Encodes an entry as a Kafka record: the user is the key, the entry the JSON value, schema and attempt id headers."""

import json
import re
from collections.abc import Mapping
from datetime import UTC
from typing import Annotated, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from eventrush.errors import MalformedRecordError
from eventrush.identifiers import EventId, UserId
from eventrush.models import Entry
from eventrush.timestamps import UNIX_EPOCH, to_iso
from eventrush.validation import first_error

SCHEMA: Final = "event.join/1"
MAX_SEAT_NO: Final = 2**31 - 1
_ATTEMPT: Final = re.compile(rb"[!-~]{0,64}")

Headers = Mapping[str, bytes]
# In a producer's types: headers; key, value and headers.
RecordHeaders = list[tuple[str, str | bytes | None]]
Encoded = tuple[bytes | None, bytes | None, RecordHeaders]


class _Value(BaseModel):
    """The value of a record; unknown fields are ignored, as a later version may add some."""

    model_config = ConfigDict(strict=True, frozen=True)

    event_id: EventId = Field(alias="eventId")
    user_id: UserId = Field(alias="userId")
    seat_no: Annotated[int, Field(ge=1, le=MAX_SEAT_NO)] = Field(alias="seatNo")
    request_time: Annotated[AwareDatetime, Field(strict=False)] = Field(alias="requestTime")
    epoch: Annotated[int, Field(ge=1, le=MAX_SEAT_NO)]


def encode(entry: Entry) -> Encoded:
    """Return the key, value and headers of an entry's record."""
    value = {
        "eventId": entry.event_id,
        "userId": entry.user_id,
        "seatNo": entry.seat_no,
        "requestTime": to_iso(entry.request_time),
        "epoch": entry.epoch,
    }
    headers: RecordHeaders = [
        ("schema", SCHEMA.encode()),
        ("attempt", entry.attempt_id.encode("ascii")),
    ]
    return entry.user_id.encode("ascii"), json.dumps(value, separators=(",", ":")).encode("ascii"), headers


def decode(value: bytes | None, headers: Headers) -> Entry:
    """Decode an entry from a record's value and headers; raises `MalformedRecordError` saying what is wrong.

    A decoded entry fits the ledger's columns: a record that did not would make every attempt at its batch fail.
    """
    attempt_id = headers.get("attempt", b"")
    if headers.get("schema", SCHEMA.encode()) != SCHEMA.encode():
        raise MalformedRecordError(f"header schema is not {SCHEMA}")
    if not _ATTEMPT.fullmatch(attempt_id):
        raise MalformedRecordError("header attempt is not up to 64 visible ASCII characters")
    if value is None:
        raise MalformedRecordError("the value is empty")
    try:
        message = _Value.model_validate_json(value)
        request_time = message.request_time.astimezone(UTC)
    except ValidationError as exc:
        field, detail = first_error(exc)
        raise MalformedRecordError(f"{field or 'value'}: {detail}") from exc
    except OverflowError as exc:  # its UTC offset moves it before year 1 or after year 9999
        raise MalformedRecordError("requestTime: is out of range in UTC") from exc
    if request_time < UNIX_EPOCH:  # the gate counts microseconds since 1970
        raise MalformedRecordError("requestTime: is before 1970")
    return Entry(
        message.event_id, message.user_id, message.seat_no, request_time, message.epoch, attempt_id.decode("ascii")
    )
