"""Encoded entries and rules decode to themselves, and the keys of an event share one slot."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventrush import timestamps
from eventrush.gate import codec
from eventrush.models import Entry, Event, EventState

VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)


@given(seat_no=st.integers(1, 2**31), time_us=st.integers(0, 2**53), attempt_id=VISIBLE)
def test_an_encoded_entry_decodes_to_itself(seat_no: int, time_us: int, attempt_id: str) -> None:
    entry = Entry("default", "u", seat_no, timestamps.from_us(time_us), 3, attempt_id)
    assert codec.decode_entry("default", "u", codec.encode_entry(entry, entry.epoch).encode()) == entry


def test_an_attempt_id_may_contain_the_separator() -> None:
    entry = codec.decode_entry("default", "u", b"7:1795338000000001:3:a:b:")
    assert (entry.seat_no, entry.attempt_id) == (7, "a:b:")


def test_all_keys_of_an_event_share_its_hash_tag() -> None:
    family = codec.event_keys("spring-sale")
    assert len(set(family)) == len(family)
    assert all(key.startswith("{event:spring-sale}:") for key in family)


def test_two_events_share_no_key() -> None:
    assert not set(codec.event_keys("a")) & set(codec.event_keys("a-b"))


def test_the_registry_key_belongs_to_no_event() -> None:
    assert "{" not in codec.REGISTRY_KEY


OPENS = datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC)
CLOSES = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize("opens_at", [None, OPENS])
@pytest.mark.parametrize("closes_at", [None, CLOSES])
@pytest.mark.parametrize("state", EventState)
def test_encoded_rules_decode_to_themselves(
    opens_at: datetime | None, closes_at: datetime | None, state: EventState
) -> None:
    event = Event("default", "봄 이벤트", 100, opens_at, closes_at, state, epoch=4)
    fields = [str(argument).encode() for argument in (*codec.encode_rules(event), event.epoch)]
    assert codec.decode_rules("default", fields) == event


def test_no_opening_time_sorts_first_and_no_closing_time_last() -> None:
    _, _, opens_at, closes_at, _ = codec.encode_rules(Event("default", "n", 1))
    assert opens_at == 0
    assert closes_at > 7_258_118_400_000_000  # the year 2200
    assert closes_at == float(closes_at), "Lua represents it exactly"
