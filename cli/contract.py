"""What a reply may be: the public contract, written down a second time so that the API is checked, not trusted."""

import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

# Which statuses go with which result.
STATUSES: Final = {
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
# What an attempt at an open event may be told; everything else is an error.
EXPECTED: Final = ("SUCCESS", "DUPLICATE", "LIMIT_EXCEEDED")
_SERVER_ERROR: Final = 500


class Attempt(NamedTuple):
    """One user's attempt; `key` is its Idempotency-Key. An integer user id is sent as a JSON number."""

    user_id: int | str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to one try of an attempt; times are seconds on the sender's monotonic clock.

    The try was due, then sent (later, where it waited for a connection), then answered in full.
    `status` is 0 where no reply came. `result` is the API's, or names what went wrong, such as HTTP 502 or
    TimeoutError. Without a key every try is an attempt of its own.
    """

    user_id: str
    key: str | None
    status: int
    result: str
    seat_no: int | None = None
    request_time: str | None = None
    sent_at: float = 0.0
    answered_at: float = 0.0
    due_at: float = 0.0

    @property
    def settled(self) -> bool:
        """Whether the attempt is decided: the reply keeps the contract and is no outage."""
        return 0 < self.status < _SERVER_ERROR and self.result in STATUSES

    @property
    def won(self) -> bool:
        """Whether a seat was promised."""
        return self.result == "SUCCESS"


def read_reply(  # noqa: PLR0913, PLR0917 - three of them are times
    attempt: Attempt, status: int, body: bytes, sent_at: float = 0.0, answered_at: float = 0.0, due_at: float = 0.0
) -> Reply:
    """Read the reply to an attempt; one that breaks the contract is labelled by how it does."""
    user_id = str(attempt.user_id)
    result, seat_no, request_time = _read(user_id, status, body)
    return Reply(user_id, attempt.key, status, result, seat_no, request_time, sent_at, answered_at, due_at)


def _read(user_id: str, status: int, body: bytes) -> tuple[str, int | None, str | None]:
    try:
        document: Any = json.loads(body.decode())
    except ValueError:
        return f"HTTP {status}", None, None
    result = str(document.get("result")) if isinstance(document, dict) else ""
    if status not in STATUSES.get(result, ()):
        return f"HTTP {status}", None, None
    if result not in EXPECTED:
        return result, None, None
    seat_no = document.get("seatNo")
    has_seat = result != "LIMIT_EXCEEDED"
    if document.get("userId") != user_id or isinstance(seat_no, int) != has_seat:
        return f"{result}, but not of this attempt", None, None
    return result, seat_no, document.get("requestTime")
