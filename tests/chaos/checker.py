"""Holds what clients heard against the rows: the four faults that must never be."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from tests.chaos.answers import Heard


class Row(NamedTuple):
    """A recorded entry."""

    seat_no: int
    user_id: str


@dataclass(frozen=True, slots=True)
class Faults:
    """How many promises have no row, seats are too many, seats or users double, winners were told something else."""

    lost: int
    oversold: int
    doubled: int
    false_duplicates: int

    @property
    def none(self) -> bool:
        """Whether there are none."""
        return not (self.lost or self.oversold or self.doubled or self.false_duplicates)


def check(capacity: int, heard: Iterable[Heard], rows: Collection[Row]) -> Faults:
    """Find the faults in what clients heard (in the order of each client's tries) and what is recorded."""
    answers = [answer for answer in heard if answer.settled]
    promised = {(answer.seat_no, answer.user_id) for answer in answers if answer.won}
    winners = {user for _seat, user in promised}
    recorded = set(rows)
    highest = max((row.seat_no for row in rows), default=0)
    return Faults(
        lost=len(promised - recorded),
        oversold=max(0, len(rows) - capacity, len(winners) - capacity, highest - capacity),
        doubled=_repeated(row.seat_no for row in rows)
        + _repeated(row.user_id for row in rows)
        + _repeated(seat for seat, _user in promised)
        + _repeated(user for _seat, user in promised),
        false_duplicates=_unstable(answers) + len(_told_falsely(answers, promised)),
    )


def _repeated[T](values: Iterable[T]) -> int:
    """Count how often a value came that had come before."""
    return sum(count - 1 for count in Counter(values).values())


def _told_falsely(answers: Iterable[Heard], promised: set[tuple[int | None, str]]) -> set[str]:
    """Name who was told DUPLICATE and was promised no seat, or, once all had settled, another one than was named."""
    winners = {user for _seat, user in promised}
    duplicates = [answer for answer in answers if answer.result == "DUPLICATE"]
    return {
        answer.user_id
        for answer in duplicates
        if answer.user_id not in winners or (answer.again and (answer.seat_no, answer.user_id) not in promised)
    }


def _unstable(answers: Iterable[Heard]) -> int:
    """Count the attempts that won and were, asked again, told anything but their seat."""
    told: defaultdict[tuple[str, str], set[tuple[str, int | None]]] = defaultdict(set)
    for answer in answers:
        told[answer.user_id, answer.key].add((answer.result, answer.seat_no))
    return sum(len(said) > 1 for said in told.values() if any(result == "SUCCESS" for result, _seat in said))
