"""Conversions of times: microseconds since 1970 in the gate, ISO 8601 UTC with microseconds elsewhere."""

from datetime import UTC, datetime, timedelta
from typing import Final

UNIX_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def from_us(microseconds: int) -> datetime:
    """Convert microseconds since 1970 to an aware UTC datetime, without floating point."""
    return UNIX_EPOCH + microseconds * _MICROSECOND


def to_us(moment: datetime) -> int:
    """Convert an aware datetime to microseconds since 1970, without floating point."""
    return (moment - UNIX_EPOCH) // _MICROSECOND


def to_iso(moment: datetime) -> str:
    """Format an aware datetime as ISO 8601 UTC with six digits of a second and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def utc(naive: datetime) -> datetime:
    """Mark a time of the ledger as UTC, as all its times are."""
    return naive.replace(tzinfo=UTC)


def from_timestamp_ms(timestamp_ms: int) -> datetime:
    """Convert a record's timestamp to aware UTC; 1970 if it is out of range, as a producer may write anything."""
    try:
        return UNIX_EPOCH + timedelta(milliseconds=timestamp_ms)
    except OverflowError:
        return UNIX_EPOCH
