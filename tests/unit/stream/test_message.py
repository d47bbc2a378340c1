"""An encoded entry decodes to itself; anything else raises MalformedRecordError with the field."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventrush.errors import MalformedRecordError
from eventrush.models import Entry
from eventrush.stream.message import decode, encode

VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)
VALUE = {"eventId": "default", "userId": "3", "seatNo": 1, "requestTime": "2026-11-22T09:00:00.000001Z", "epoch": 1}
HEADERS = {"schema": b"event.join/1", "attempt": b"a-1"}

ENTRIES = st.builds(
    Entry,
    event_id=st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,63}\Z"),
    user_id=VISIBLE,
    seat_no=st.integers(1, 2**31 - 1),
    request_time=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    epoch=st.integers(1, 2**31 - 1),
    attempt_id=VISIBLE,
)


def sent(**changes: Any) -> bytes:
    return json.dumps({**VALUE, **changes}).encode()


@given(ENTRIES)
def test_an_encoded_entry_decodes_to_itself(entry: Entry) -> None:
    key, value, headers = encode(entry)
    given = {name: raw for name, raw in headers if isinstance(raw, bytes)}
    assert key == entry.user_id.encode()
    assert decode(value, given) == entry


def test_a_record_has_the_documented_value_and_headers() -> None:
    entry = Entry("default", "3", 7, datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC), 2, "a-1")
    _, value, headers = encode(entry)
    assert json.loads(value or b"") == {**VALUE, "seatNo": 7, "epoch": 2}
    assert dict(headers) == HEADERS


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"eventId": "UPPER"}, "eventId"),
        ({"eventId": None}, "eventId"),
        ({"userId": ""}, "userId"),
        ({"userId": 0}, "userId"),
        ({"userId": "a" * 65}, "userId"),
        ({"seatNo": 0}, "seatNo"),
        ({"seatNo": "1"}, "seatNo"),
        ({"seatNo": 2**31}, "seatNo"),
        ({"requestTime": "2026-11-22T09:00:00"}, "requestTime"),
        ({"requestTime": "yesterday"}, "requestTime"),
        ({"requestTime": 1763802000}, "requestTime"),
        ({"requestTime": "1969-12-31T23:59:59Z"}, "requestTime"),
        ({"requestTime": "0001-01-01T00:00:00+23:59"}, "requestTime"),
        ({"epoch": 0}, "epoch"),
        ({"epoch": True}, "epoch"),
    ],
)
def test_a_malformed_value_is_rejected_with_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(MalformedRecordError, match=f"^{field}: "):
        decode(sent(**changes), HEADERS)


NO_ENTRIES = [
    None,
    b"",
    b"{not json",
    b"[]",
    b"\xff\xfe",
    b"null",
    b"{}",
    b"[" * 100_000,
    json.dumps(VALUE).encode("utf-16"),
]


@pytest.mark.parametrize("value", NO_ENTRIES, ids=lambda value: repr(value)[:20])
def test_a_value_that_is_not_an_entry_is_rejected(value: bytes | None) -> None:
    with pytest.raises(MalformedRecordError):
        decode(value, HEADERS)


@pytest.mark.parametrize(
    "headers",
    [
        {**HEADERS, "schema": b"event.join/2"},
        {**HEADERS, "attempt": b"a" * 65},
        {**HEADERS, "attempt": b"\xc3\xa9"},
        {**HEADERS, "attempt": b"a b"},
    ],
    ids=["another schema", "65 characters", "not ASCII", "not visible"],
)
def test_headers_that_do_not_fit_the_ledger_are_rejected(headers: dict[str, bytes]) -> None:
    with pytest.raises(MalformedRecordError, match=r"^header "):
        decode(sent(), headers)


def test_a_record_without_headers_has_the_first_schema() -> None:
    assert decode(sent(), {}).attempt_id == ""


def test_a_time_with_an_offset_is_converted_to_utc() -> None:
    moment = decode(sent(requestTime="2026-11-22T18:00:00.000001+09:00"), HEADERS).request_time
    assert moment.utcoffset() == timedelta(0)
    assert moment == datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC)


def test_unknown_fields_are_ignored() -> None:
    assert decode(sent(colour="green"), HEADERS).seat_no == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*VALUE, "x"]), inner),
    max_leaves=8,
)


@given(JSON | st.fixed_dictionaries(dict.fromkeys(VALUE, JSON)), st.binary(max_size=80))
def test_any_json_is_an_entry_or_malformed(document: Any, attempt: bytes) -> None:
    detail = ""
    try:
        decode(json.dumps(document).encode(), {"attempt": attempt})
    except MalformedRecordError as exc:
        detail = str(exc)
    assert len(detail) < 500, "it fits the dead letter's detail"


@given(st.binary())
def test_any_bytes_are_malformed(value: bytes) -> None:
    with pytest.raises(MalformedRecordError):
        decode(value, HEADERS)
