"""What an environment may answer itself: refusals of the last second, to users who are certainly no winners.

docs/architecture.md says why these rules make the answers exact; spec/Lease.tla checks them.
"""

import hashlib
import random
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from eventrush.models import Outcome, Verdict

# How long a refusal may be repeated, counted from when its request was sent (seconds).
LEASE_S: Final = 1.0
# How long a change of rules, and a reclaimed entry, wait for leases: a lease and the drift of the clocks (seconds).
LEASE_WAIT_S: Final = 1.5
# No lease reaches the next opening or closing time by less than this (seconds).
_MARGIN_S: Final = 0.1

MAX_PENDING: Final = 1_000  # winners that are read by name
MAX_WINNERS: Final = 1_000_000
_BITS_PER_WINNER: Final = 16  # with four bits set a winner, 1 of 400 others is taken for one
_FEWEST_BITS: Final = 1024
_HEADER_BITS: Final = 64
_LARGE: Final = 50_000  # winners; a filter of 100 kB, which many environments want at the same moment
_LARGE_DELAY_S: Final = 2.0
_MAX_EVENTS: Final = 16

_HASHES: Final = struct.Struct(">IIII")


def filter_bits(capacity: int) -> int:
    """Return the size of an event's filter."""
    return max(_FEWEST_BITS, _BITS_PER_WINNER * min(capacity, MAX_WINNERS))


class Version(NamedTuple):
    """What a set of winners is valid for: entries never shrink within an epoch, and no epoch is used twice."""

    epoch: int
    entries: int


class Moment(NamedTuple):
    """A moment on two clocks (seconds), of which one may stand still while an environment is frozen."""

    monotonic: float
    wall: float

    @classmethod
    def now(cls) -> "Moment":
        """Return this moment."""
        return cls(time.monotonic(), time.time())


class Winners(NamedTuple):
    """All winners of an event, as `winners.lua` returns them, and perhaps a few others."""

    version: Version
    confirmed: bytes = b""
    pending: frozenset[bytes] = frozenset()

    def may_contain(self, user_id: str) -> bool:
        """Return False only if the user is certainly no winner."""
        user = user_id.encode("ascii")
        if user in self.pending:
            return True
        bits = len(self.confirmed) * 8 - _HEADER_BITS
        if bits <= 0:
            return False
        for number in _HASHES.unpack_from(hashlib.sha1(user, usedforsecurity=False).digest()):
            at = _HEADER_BITS + number % bits
            if not self.confirmed[at >> 3] & 0x80 >> (at & 7):
                return False
        return True


@dataclass(slots=True)
class _Memory:
    """What is remembered of one event."""

    refusal: Outcome
    version: Version
    sent: Moment
    winners: Winners | None
    read_after: float  # monotonic seconds


class Remembered:
    """The refusals that an environment may repeat."""

    def __init__(self, read_winners: Callable[[str], Winners | None], clock: Callable[[], Moment] = Moment.now) -> None:
        """Take what reads an event's winners from an open gate, None if that fails or does not tell all of them."""
        self._read_winners = read_winners
        self._clock = clock
        self._events: dict[str, _Memory] = {}

    def recall(self, event_id: str, user_id: str) -> Outcome | None:
        """Return the refusal that the gate would give this user; None if the gate must be asked."""
        memory = self._events.get(event_id)
        if memory is None or memory.winners is None or memory.winners.version != memory.version:
            return None
        refusal, sent, now = memory.refusal, memory.sent, self._clock()
        age = max(now.monotonic - sent.monotonic, now.wall - sent.wall)
        changes_in = refusal.changes_in_s - age if refusal.changes_in_s else LEASE_S
        if age >= LEASE_S or changes_in <= _MARGIN_S or memory.winners.may_contain(user_id):
            return None
        return refusal._replace(changes_in_s=changes_in) if refusal.verdict is Verdict.NOT_OPEN else refusal

    def learn(self, event_id: str, refusal: Outcome, version: Version, sent: Moment) -> None:
        """Remember a refusal by the gate; `sent` is when its request was first sent."""
        memory = self._events.get(event_id)
        if memory is None or memory.version != version:
            if memory is None and len(self._events) >= _MAX_EVENTS:
                del self._events[next(iter(self._events))]
            winners = Winners(version) if version.entries == 0 else memory.winners if memory else None
            delay_s = random.uniform(0, _LARGE_DELAY_S) if version.entries > _LARGE else 0.0  # noqa: S311 no secret
            memory = self._events[event_id] = _Memory(refusal, version, sent, winners, sent.monotonic + delay_s)
        else:
            memory.refusal, memory.sent = refusal, sent
        is_known = memory.winners is not None and memory.winners.version == version
        if not is_known and version.entries <= MAX_WINNERS and sent.monotonic >= memory.read_after:
            memory.read_after = sent.monotonic + LEASE_S
            memory.winners = self._read_winners(event_id)
