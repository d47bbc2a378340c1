"""How the gate stores its data in Redis: the names of keys, the values of entries and rules."""

from functools import lru_cache
from typing import Final, NamedTuple

from eventrush.models import Entry, Event, EventState
from eventrush.timestamps import from_us, to_us

REGISTRY_KEY: Final = "eventrush:events"
# No closing time: the largest integer that a Lua number represents exactly; in microseconds, the year 2255.
NEVER: Final = 2**53 - 1


class EventKeys(NamedTuple):
    """The key family of one event; the shared hash tag keeps it in one slot."""

    rules: str
    entries: str
    pending: str
    free: str
    confirmed: str


@lru_cache(maxsize=1024)
def event_keys(event_id: str) -> EventKeys:
    """Return the keys of an event."""
    family = f"{{event:{event_id}}}"
    return EventKeys(*(f"{family}:{name}" for name in EventKeys._fields))


def refusals_key(event_id: str) -> str:
    """Return the key that counts attempts refused while the event is lost; it is no part of the event's data."""
    return f"{{event:{event_id}}}:refusals"


def encode_entry(entry: Entry, epoch: int) -> str:
    """Return an entry's value of this epoch, `seat:time_us:epoch:attempt id`; an attempt id may contain a colon.

    `reclaim.lua` writes `epoch@time_us`: until then the entry is hidden.
    """
    return f"{entry.seat_no}:{to_us(entry.request_time)}:{epoch}:{entry.attempt_id}"


def decode_entry(event_id: str, user_id: str, value: bytes) -> Entry:
    """Parse an entry's value."""
    seat_no, time_us, epoch, attempt_id = value.decode("ascii").split(":", 3)
    epoch = epoch.partition("@")[0]
    return Entry(event_id, user_id, int(seat_no), from_us(int(time_us)), int(epoch), attempt_id)


def decode_seat_no(value: bytes) -> int:
    """Parse only the seat of an entry's value."""
    return int(value.partition(b":")[0])


def encode_rules(event: Event) -> tuple[str, int, int, int, str]:
    """Return name, capacity, opensAt, closesAt (microseconds) and state, as the scripts take them."""
    return (
        event.name,
        event.capacity,
        to_us(event.opens_at) if event.opens_at else 0,
        to_us(event.closes_at) if event.closes_at else NEVER,
        str(event.state),
    )


def decode_rules(event_id: str, fields: list[bytes]) -> Event:
    """Parse name, capacity, opensAt, closesAt, state and epoch, as `facts.lua` returns them."""
    name, capacity, opens_at, closes_at, state, epoch = (field.decode() for field in fields)
    return Event(
        event_id=event_id,
        name=name,
        capacity=int(capacity),
        opens_at=from_us(int(opens_at)) if int(opens_at) else None,
        closes_at=from_us(int(closes_at)) if int(closes_at) != NEVER else None,
        state=EventState(state),
        epoch=int(epoch),
    )
