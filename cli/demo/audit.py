"""Hold every answer of a rush against every row, one by one."""

from collections.abc import Iterable
from dataclasses import dataclass

from cli.load import Tally

Pair = tuple[str, int]  # user id and seat number


@dataclass(frozen=True, slots=True)
class Audit:
    """What the rows are, and what must be zero: `lost`, `oversold`, `doubled`."""

    rows: int
    distinct_users: int
    distinct_seats: int
    min_seat: int
    max_seat: int
    lost: int
    oversold: int
    doubled: int


def audit(tally: Tally, rows: Iterable[Pair], capacity: int) -> Audit:
    """Compare the answers with all rows of a new event.

    Lost: winners without the very row they were told of. Oversold: rows beyond the capacity. Doubled: users with more
    than one seat and seats with more than one user, in rows and answers together.
    """
    recorded = list(rows)
    told = {(str(user), seat) for user, seats in tally.seats.items() for seat in seats}
    promised = {(str(user), seat) for user, seat in tally.winners.items()}
    known = [*recorded, *(told - set(recorded))]
    users = {user for user, _ in known}
    taken = {seat for _, seat in known}
    seats = [seat for _, seat in recorded]
    return Audit(
        rows=len(recorded),
        distinct_users=len({user for user, _ in recorded}),
        distinct_seats=len(set(seats)),
        min_seat=min(seats, default=0),
        max_seat=max(seats, default=0),
        lost=len(promised - set(recorded)),
        oversold=max(0, len(recorded) - capacity),
        doubled=(len(known) - len(users)) + (len(known) - len(taken)),
    )
