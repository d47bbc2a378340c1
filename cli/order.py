"""The judge of the order: first come, first served, as far as clients can prove it.

Two users are compared only if one had the answer before the other asked: users who asked at the same time may be served
in any order. Of two seats that the counter gave in one epoch, the earlier user has the lower one; and nobody wins who
asked after somebody was told that all seats are taken. What else can explain a pair is listed by the caller.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from math import inf
from typing import Final, NamedTuple

from cli.contract import Reply

_SOLD_OUT: Final = "LIMIT_EXCEEDED"


class Reason(StrEnum):
    """Why a seat can be given at another time than the counter's."""

    ADDED = "added"  # by a change of the rules; the counter gives it
    RETURNED = "returned"  # by a rebuild, which found the counter below it; the counter gives it again
    FREED = "freed"  # by a rebuild, which found it without an owner
    RECLAIMED = "reclaimed"  # for the user who had it under an epoch before


# Whose seats the counter did not give in the epoch of their rows.
_UNCOUNTED: Final = (Reason.FREED, Reason.RECLAIMED)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Seats that became available, or were put back, between two moments on the senders' clock."""

    reason: Reason
    seats: range
    began_at: float = -inf
    ended_at: float = inf


class Inversion(NamedTuple):
    """A user who was served although another one came first; without `earlier_seat` that one was told "sold out"."""

    earlier: str
    earlier_seat: int | None
    later: str
    later_seat: int
    excuse: Explanation | None = None

    def __str__(self) -> str:
        """Return the pair as a sentence without its period."""
        told = f"got seat {self.earlier_seat}" if self.earlier_seat else "was told that all seats are taken"
        pair = f"{self.later} came after {self.earlier} {told}, and got seat {self.later_seat}"
        if self.excuse is None:
            return pair
        explained = self.later_seat if self.later_seat in self.excuse.seats else self.earlier_seat
        return f"{pair}; seat {explained} was {self.excuse.reason}"


@dataclass(frozen=True, slots=True)
class Order:
    """The pairs out of order: for each later user at most one of seats and one of "sold out", in the users' order.

    `excused` holds users whose every pair is explained.
    """

    inversions: list[Inversion] = field(default_factory=list)
    excused: list[Inversion] = field(default_factory=list)


class _Winner(NamedTuple):
    """A user's seat: given between the first send that may have taken it and the first answer that names it."""

    user_id: str
    seat_no: int
    epoch: int | None
    began_at: float
    ended_at: float


class _SoldOut(NamedTuple):
    began_at: float
    ended_at: float
    user_id: str


def judge_order(
    replies: Sequence[Reply], recorded: Mapping[str, tuple[int, int]], explanations: Iterable[Explanation] = ()
) -> Order:
    """Compare the order of all replies of an event with the seats; takes O(n log n).

    `recorded` has the seat and the epoch of each user's row. Seats without a row are compared under the epoch of the
    row that has the seat. Freed and reclaimed seats are not the counter's.
    """
    reasons = _Reasons(explanations)
    winners = _winners(replies, recorded)
    winners.sort(key=lambda winner: winner.began_at)
    found = [*_out_of_order(winners, reasons), *_after_the_end(winners, _SoldOuts(replies), reasons)]
    return Order(
        inversions=[pair for pair in found if pair.excuse is None],
        excused=[pair for pair in found if pair.excuse is not None],
    )


def _winners(replies: Sequence[Reply], recorded: Mapping[str, tuple[int, int]]) -> list[_Winner]:
    """Return the users who were told a seat; a DUPLICATE counts where the seat is the user's own."""
    promised: dict[str, Reply] = {}
    began_at: dict[str, float] = {}
    for reply in replies:
        if reply.settled and not reply.won:
            continue  # this try took no seat
        user = reply.user_id
        began_at[user] = min(reply.sent_at, began_at.get(user, inf))
        if reply.settled and (user not in promised or reply.answered_at < promised[user].answered_at):
            promised[user] = reply
    # Who was only told DUPLICATE may have won before all of this.
    began_at = {user: began_at[user] for user in promised}
    seats = {user: (reply.seat_no or 0, reply.answered_at) for user, reply in promised.items()}
    for reply in replies:
        if reply.settled and reply.result == "DUPLICATE":
            own, ended_at = seats.get(reply.user_id) or (recorded.get(reply.user_id, (0, 0))[0], inf)
            if own == reply.seat_no and reply.answered_at < ended_at:
                seats[reply.user_id] = own, reply.answered_at
    epochs = dict(recorded.values())
    return [
        _Winner(
            user,
            seat_no,
            recorded[user][1] if user in recorded else epochs.get(seat_no),
            began_at.get(user, -inf),
            ended_at,
        )
        for user, (seat_no, ended_at) in seats.items()
    ]


def _out_of_order(winners: Sequence[_Winner], reasons: "_Reasons") -> Iterator[Inversion]:
    """Yield who has a lower seat than somebody before; `winners` is sorted by begin."""
    by_end = iter(sorted(winners, key=lambda winner: winner.ended_at))
    # For each epoch the winner of the highest seat that has ended: of the counter's seats, and of the others.
    counted: dict[int | None, _Winner] = {}
    others: dict[int | None, _Winner] = {}
    ended = next(by_end, None)
    for later in winners:
        while ended and ended.ended_at < later.began_at:
            highest = others if reasons.uncounted(ended) else counted
            if ended.epoch not in highest or ended.seat_no > highest[ended.epoch].seat_no:
                highest[ended.epoch] = ended
            ended = next(by_end, None)
        excuse = reasons.uncounted(later)
        for highest in (counted, others) if later.epoch is not None else ():
            earlier = highest.get(later.epoch)
            if earlier and earlier.seat_no >= later.seat_no:
                excuse = excuse or reasons.uncounted(earlier)
                yield Inversion(earlier.user_id, earlier.seat_no, later.user_id, later.seat_no, excuse)
                break


class _SoldOuts:
    """Who was told that all seats are taken, so that the first of those who asked after a moment is found quickly."""

    def __init__(self, replies: Iterable[Reply]) -> None:
        self._by_begin = sorted(
            _SoldOut(reply.sent_at, reply.answered_at, reply.user_id)
            for reply in replies
            if reply.settled and reply.result == _SOLD_OUT
        )
        self._begins = [told.began_at for told in self._by_begin]
        self._earliest = self._by_begin.copy()  # the earliest end from here on
        for index in range(len(self._earliest) - 2, -1, -1):
            self._earliest[index] = min(self._earliest[index : index + 2], key=lambda told: told.ended_at)

    def first_before(self, moment: float, began_after: float = -inf) -> _SoldOut | None:
        """Return who was told first, of those who asked after `began_after`, if that was before the moment."""
        index = bisect_right(self._begins, began_after)
        first = self._earliest[index] if index < len(self._earliest) else None
        return first if first and first.ended_at < moment else None


def _after_the_end(winners: Iterable[_Winner], sold_outs: _SoldOuts, reasons: "_Reasons") -> Iterator[Inversion]:
    """Yield who won and asked after somebody was told that all seats are taken."""
    for later in winners:
        first = sold_outs.first_before(later.began_at)
        if first is None:
            continue
        # Who asked before the seat became available may have been told before it; who asked later may not.
        excuse = reasons.newest(later)
        unexplained = sold_outs.first_before(later.began_at, excuse.ended_at) if excuse else first
        told = unexplained or first
        yield Inversion(told.user_id, None, later.user_id, later.seat_no, None if unexplained else excuse)


class _Reasons:
    """The explanations, found by seat: single seats may be many, wider ranges are few."""

    def __init__(self, explanations: Iterable[Explanation]) -> None:
        self._single: defaultdict[int, list[Explanation]] = defaultdict(list)
        self._wide: list[Explanation] = []
        for explanation in explanations:
            if len(explanation.seats) == 1:
                self._single[explanation.seats[0]].append(explanation)
            else:
                self._wide.append(explanation)

    def uncounted(self, winner: _Winner) -> Explanation | None:
        """Return why a winner's seat is not the counter's."""
        return next((reason for reason in self._of(winner) if reason.reason in _UNCOUNTED), None)

    def newest(self, winner: _Winner) -> Explanation | None:
        """Return how a winner's seat became available, the last time."""
        return max(self._of(winner), key=lambda reason: reason.ended_at, default=None)

    def _of(self, winner: _Winner) -> Iterator[Explanation]:
        """Yield what had begun when the winner was answered."""
        for reason in chain(self._single.get(winner.seat_no, ()), self._wide):
            if winner.seat_no in reason.seats and reason.began_at <= winner.ended_at:
                yield reason
