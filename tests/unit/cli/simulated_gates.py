"""Gates in memory, one right and the others wrong in one way each, and rushes at them that take no time."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cli.contract import Reply
from cli.judge import Row
from cli.order import Explanation, Reason

_EVERY_S = 0.01
_DECIDED_WITHIN_S = 0.03
_ANSWERED_WITHIN_S = 0.03


@dataclass
class Gate:
    """Gives seats by a counter, then those that a rebuild freed."""

    capacity: int
    seed: int = 0
    issued: int = 0
    epoch: int = 1
    free: list[int] = field(default_factory=list)
    seats: dict[str, int] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)  # noqa: S311 no secret

    def claim(self, user_id: str) -> tuple[str, int | None]:
        """Decide an attempt: result and seat."""
        if user_id in self.seats:
            return "DUPLICATE", self.seats[user_id]
        seat_no = self.take(user_id)
        if seat_no is None:
            return "LIMIT_EXCEEDED", None
        return "SUCCESS", self.give(user_id, seat_no)

    def take(self, user_id: str) -> int | None:  # noqa: ARG002 wrong gates look at it
        """Return the next seat."""
        if self.issued < self.capacity:
            self.issued += 1
            return self.issued
        return self.free.pop(0) if self.free else None

    def give(self, user_id: str, seat_no: int) -> int:
        """Note whose the seat is, and return what the user is told."""
        self.seats[user_id] = seat_no
        self.epochs[user_id] = self.epoch
        return seat_no

    def rebuild(self, *freed: int) -> None:
        """Forget the owners of these seats and go on under a new epoch."""
        self.epoch += 1
        self.seats = {user: seat for user, seat in self.seats.items() if seat not in freed}
        self.free = list(freed)

    def rows(self) -> list[Row]:
        """Return what the ledger holds in the end."""
        return [Row(seat_no, user, self.epochs[user]) for user, seat_no in self.seats.items()]


class RandomSeat(Gate):
    """Gives any seat that is left."""

    def take(self, user_id: str) -> int | None:
        left = sorted({*range(1, self.capacity + 1)} - {*self.seats.values()})
        return self.rng.choice(left) if super().take(user_id) else None


class LateCounter(Gate):
    """Each of four environments gives the value that it took from the counter when it had answered the last time."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.values = [super(LateCounter, self).take("") for _ in range(4)]

    def take(self, user_id: str) -> int | None:
        environment = self.rng.randrange(4)
        value, self.values[environment] = self.values[environment], super().take(user_id)
        return value


class FriendLetIn(Gate):
    """Says that all seats are taken while one is left, which is for the user whom it knows."""

    def take(self, user_id: str) -> int | None:
        kept = 0 if user_id == "friend" else 1
        return super().take(user_id) if self.issued < self.capacity - kept else None


class RememberedTooLong(Gate):
    """Three environments of four never ask again once they were told that all seats are taken."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.remembers: set[int] = set()

    def take(self, user_id: str) -> int | None:
        environment = self.rng.randrange(4)
        if environment in self.remembers:
            return None
        seat_no = super().take(user_id)
        if seat_no is None and environment:
            self.remembers.add(environment)
        return seat_no


class AnotherUsersSeat(Gate):
    """Tells each tenth winner the seat of the user who won before the ten last ones."""

    def give(self, user_id: str, seat_no: int) -> int:
        if seat_no % 10 or seat_no < 20:
            return super().give(user_id, seat_no)
        return seat_no - 10


@dataclass
class Rush:
    """Users who come one after another and overlap with a few; `history` has their replies, `now` the time.

    An event at the gate happens when so many attempts have been decided.
    """

    gate: Gate
    history: list[Reply] = field(default_factory=list)
    explanations: list[Explanation] = field(default_factory=list)
    now: float = 0.0

    def run(self, users: Sequence[str], events: dict[int, Callable[["Rush"], object]] | None = None) -> "Rush":
        """Let the users come in this order, and decide in the order in which requests reach the gate."""
        rng = random.Random(self.gate.seed)  # noqa: S311 no secret
        sent = [(1 + turn * _EVERY_S, user) for turn, user in enumerate(users)]
        arrived = sorted((sent_at + rng.uniform(0, _DECIDED_WITHIN_S), sent_at, user) for sent_at, user in sent)
        for turn, (self.now, sent_at, user) in enumerate(arrived):
            if events and turn in events:
                events[turn](self)
            result, seat_no = self.gate.claim(user)
            answered_at = self.now + rng.uniform(0, _ANSWERED_WITHIN_S)
            status = {"SUCCESS": 200, "DUPLICATE": 409}.get(result, 429)
            self.history.append(Reply(user, None, status, result, seat_no, None, sent_at, answered_at))
        return self

    def add_seats(self, number: int) -> None:
        """Raise the capacity, and note it as an operator would."""
        added = range(self.gate.capacity + 1, self.gate.capacity + number + 1)
        self.gate.capacity += number
        self.explanations.append(Explanation(Reason.ADDED, added, self.now, self.now))

    def rebuild(self, *freed: int) -> None:
        """Lose the owners of these seats, who are told nothing, and note which seats are free."""
        self.history = [reply for reply in self.history if reply.seat_no not in freed]
        self.gate.rebuild(*freed)
        for seat_no in freed:
            self.explanations.append(Explanation(Reason.FREED, range(seat_no, seat_no + 1), self.now, self.now))
