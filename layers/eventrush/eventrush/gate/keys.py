"""The names of the gate's keys, built nowhere else."""

from dataclasses import dataclass
from typing import Final

REGISTRY: Final = "eventrush:events"


@dataclass(frozen=True, slots=True)
class EventKeys:
    """The key family of one event; the shared hash tag keeps it in one slot."""

    rules: str
    entries: str
    pending: str
    free: str

    @property
    def all(self) -> tuple[str, str, str, str]:
        """Every key, in the order `claim.lua` takes them."""
        return self.rules, self.entries, self.pending, self.free


def of_event(event_id: str) -> EventKeys:
    """Name the keys of an event."""
    family = f"{{event:{event_id}}}"
    return EventKeys(f"{family}:rules", f"{family}:entries", f"{family}:pending", f"{family}:free")


def found_free(event_id: str, mark: str) -> str:
    """Name the key in which a rebuild gathers what becomes the free seats."""
    return f"{{event:{event_id}}}:free:{mark}"
