"""The names of the gate's keys, built nowhere else."""

from dataclasses import dataclass
from typing import Final

REGISTRY: Final = "eventrush:events"


@dataclass(frozen=True, slots=True)
class EventKeys:
    """The key family of one event; the shared hash tag keeps it in one slot.

    `found_free` is there only during a rebuild.
    """

    rules: str
    entries: str
    pending: str
    free: str
    found_free: str

    @property
    def all(self) -> tuple[str, str, str, str]:
        """Every lasting key, in the order `claim.lua` takes them."""
        return self.rules, self.entries, self.pending, self.free


def of_event(event_id: str) -> EventKeys:
    """Name the keys of an event."""
    family = f"{{event:{event_id}}}"
    return EventKeys(*(f"{family}:{name}" for name in ("rules", "entries", "pending", "free", "found-free")))
