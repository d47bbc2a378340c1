"""What clients heard: every answer to every try, the only evidence of what was promised."""

from dataclasses import dataclass
from typing import Any

OUTAGE = 503


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer to one try; `key` is the attempt's, the same in each of its tries; `again` asks after all is settled.

    A try that broke off was not answered: `status` is 0 and `result` empty.
    """

    user_id: str
    key: str
    status: int
    result: str
    seat_no: int | None = None
    again: bool = False

    @property
    def settled(self) -> bool:
        """Whether this is an answer to keep to: neither an outage nor a connection that broke."""
        return 0 < self.status < 500 and self.result != ""

    @property
    def won(self) -> bool:
        """Whether a seat was promised."""
        return self.result == "SUCCESS"


def read(user_id: str, key: str, status: int, body: dict[str, Any], *, again: bool = False) -> Heard:
    """Read an answer of the API."""
    return Heard(user_id, key, status, body.get("result", ""), body.get("seatNo"), again)
