"""What an answer may be: the public contract, written down once more so that the API is checked, not believed."""

import json
from dataclasses import dataclass
from typing import Any

# Which statuses go with which result.
STATUSES = {
    "SUCCESS": {200, 202},
    "DUPLICATE": {409},
    "LIMIT_EXCEEDED": {429},
    "NOT_OPEN": {403},
    "CLOSED": {410},
    "PAUSED": {503},
    "GATE_LOST": {503},
    "UNAVAILABLE": {503},
    "UNKNOWN_EVENT": {404},
}
# What an attempt at an open event may meet; all else is something gone wrong.
EXPECTED = ("SUCCESS", "DUPLICATE", "LIMIT_EXCEEDED")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: what it counts as, and the seat it named."""

    label: str
    seat_no: int | None = None


def read(status: int, body: bytes, user_id: int) -> Answer:
    """Read the answer to an attempt of a user; what breaks the contract is labelled by what it was."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        return Answer(f"HTTP {status}")
    result = str(document.get("result")) if isinstance(document, dict) else ""
    if status not in STATUSES.get(result, ()):
        return Answer(f"HTTP {status}")
    if result not in EXPECTED:
        return Answer(result)
    seat_no = document.get("seatNo")
    another_user = document.get("userId") != str(user_id)
    seat_is_due = result != "LIMIT_EXCEEDED"
    if another_user or isinstance(seat_no, int) != seat_is_due:
        return Answer(f"{result}, but not of this attempt")
    return Answer(result, seat_no)
