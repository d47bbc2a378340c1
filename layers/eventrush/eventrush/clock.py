"""The one way times are written: microseconds since 1970 at the gate, ISO 8601 UTC with microseconds elsewhere."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def from_us(microseconds: int) -> datetime:
    """Turn microseconds since 1970 into an aware UTC datetime, without floating point."""
    return _EPOCH + microseconds * _MICROSECOND


def to_us(moment: datetime) -> int:
    """Turn an aware datetime into microseconds since 1970, without floating point."""
    return (moment - _EPOCH) // _MICROSECOND


def to_iso(moment: datetime) -> str:
    """Write an aware datetime as ISO 8601 UTC with six digits of a second and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def utc(naive: datetime) -> datetime:
    """Say of a time that it is UTC, as the ledger keeps them all."""
    return naive.replace(tzinfo=UTC)


def from_timestamp_ms(timestamp_ms: int) -> datetime:
    """Turn a record's timestamp into aware UTC; 1970 for what no calendar holds, as a producer may write anything."""
    try:
        return _EPOCH + timedelta(milliseconds=timestamp_ms)
    except OverflowError:
        return _EPOCH
