"""Conversions of times keep every microsecond."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from eventrush import timestamps

SEOUL = timezone(timedelta(hours=9))
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.sampled_from([UTC, SEOUL]))  # noqa: DTZ001 hypothesis adds the zone


@given(MOMENTS)
def test_microseconds_round_trip(moment: datetime) -> None:
    assert timestamps.from_us(timestamps.to_us(moment)) == moment


@given(MOMENTS)
def test_iso_text_is_utc_with_six_digits_and_parses_back(moment: datetime) -> None:
    text = timestamps.to_iso(moment)
    assert len(text) == len("2026-11-22T09:00:00.123456Z")
    assert text.endswith("Z")
    assert datetime.fromisoformat(text) == moment


def test_the_last_microsecond_before_a_second_is_not_rounded() -> None:
    assert timestamps.to_iso(timestamps.from_us(1_795_338_000_999_999)) == "2026-11-22T09:00:00.999999Z"


def test_a_time_of_another_zone_is_formatted_in_utc() -> None:
    assert timestamps.to_iso(datetime(2026, 11, 22, 18, 0, tzinfo=SEOUL)) == "2026-11-22T09:00:00.000000Z"


def test_a_record_s_timestamp_keeps_its_milliseconds() -> None:
    assert timestamps.from_timestamp_ms(1_795_338_000_123) == datetime(2026, 11, 22, 9, 0, 0, 123_000, tzinfo=UTC)


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_timestamp_converts_to_a_time(timestamp_ms: int) -> None:
    assert timestamps.to_iso(timestamps.from_timestamp_ms(timestamp_ms)).endswith("Z")
