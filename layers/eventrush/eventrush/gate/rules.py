"""How the gate writes an event's rules: times in microseconds, an absent bound as one that never binds."""

from typing import Final

from eventrush import clock
from eventrush.event import Event, EventState

NEVER: Final = 2**53 - 1  # the largest integer that Lua's numbers hold exactly; the year 2255 in microseconds


def arguments(event: Event) -> tuple[str, int, int, int, str]:
    """Give the rules in the order `configure.lua` and `create.lua` take them."""
    return (
        event.name,
        event.capacity,
        clock.to_us(event.opens_at) if event.opens_at else 0,
        clock.to_us(event.closes_at) if event.closes_at else NEVER,
        str(event.state),
    )


def read(event_id: str, fields: list[bytes]) -> Event:
    """Read name, capacity, opensAt, closesAt, state, epoch as `facts.lua` answers them."""
    name, capacity, opens_at, closes_at, state, epoch = (field.decode() for field in fields)
    return Event(
        event_id=event_id,
        name=name,
        capacity=int(capacity),
        opens_at=clock.from_us(int(opens_at)) if int(opens_at) else None,
        closes_at=clock.from_us(int(closes_at)) if int(closes_at) != NEVER else None,
        state=EventState(state),
        epoch=int(epoch),
    )
