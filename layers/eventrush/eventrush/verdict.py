"""What the gate says of one attempt."""

from dataclasses import dataclass
from enum import IntEnum

from eventrush.entry import Entry


class Verdict(IntEnum):
    """The possible outcomes of an attempt; 1 to 8 are the numbers `claim.lua` answers with."""

    SUCCESS = 1
    DUPLICATE = 2
    LIMIT_EXCEEDED = 3
    NOT_OPEN = 4
    CLOSED = 5
    PAUSED = 6
    GATE_LOST = 7
    UNKNOWN_EVENT = 8
    UNAVAILABLE = 9


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict with what belongs to it.

    `entry` is there for SUCCESS and DUPLICATE (the first entry's). `pending` says that the ledger has not confirmed
    the entry yet. `opens_in_s` (seconds, NOT_OPEN only) is how long the event stays shut. `durable` is False when fewer
    replicas of the gate hold the claim than the settings ask for.
    """

    verdict: Verdict
    entry: Entry | None = None
    pending: bool = False
    opens_in_s: float = 0.0
    durable: bool = True
