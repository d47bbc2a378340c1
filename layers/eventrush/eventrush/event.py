"""What an event is: its rules as the ledger records them and the gate enforces them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventState(StrEnum):
    """What an operator has said of an event; opening and closing times come on top."""

    OPEN = "OPEN"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Event:
    """The rules of one event; times are aware UTC or None for no bound, `epoch` counts the gate's rebuilds."""

    event_id: str
    name: str
    capacity: int
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    state: EventState = EventState.OPEN
    epoch: int = 1
