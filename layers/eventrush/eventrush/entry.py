"""An entry: a seat given to a user."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One user's seat in one event.

    `request_time` is the gate's own clock (aware UTC, microseconds); `epoch` is the gate's when the seat was given;
    `attempt_id` is what makes a client's retry the same attempt.
    """

    event_id: str
    user_id: str
    seat_no: int
    request_time: datetime
    epoch: int
    attempt_id: str
