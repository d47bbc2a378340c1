"""The ledger's account of seats: a mark below which all is settled, and the few seats that were not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eventrush import clock
from eventrush.entry import Entry
from eventrush.ledger.database import Database, again
from eventrush.ledger.statements import statement

CHUNK: Final = 5000

type Rows = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Every seat up to `seat_no` has a row but those in `open`; `filled` are open seats that have a row by now."""

    seat_no: int
    open: frozenset[int]
    filled: frozenset[int]


class SeatAccount:
    """What reconcile asks of the rows; each method is one transaction or, where it iterates, one a chunk."""

    def __init__(self, database: Database) -> None:
        """Take the ledger's database."""
        self._database = database

    @again
    def mark(self, event_id: str) -> Mark:
        """Tell how far an event's seats are settled."""
        with self._database.transaction() as cursor:
            cursor.execute(statement("select_settled"), {"event_id": event_id})
            ((seat_no,),) = cursor.fetchall()
            cursor.execute(statement("select_open_seats"), {"event_id": event_id})
            rows = cursor.fetchall()
        filled = frozenset(seat for seat, has_row in rows if has_row)
        return Mark(seat_no, frozenset(seat for seat, has_row in rows if not has_row), filled)

    @again
    def move_mark(self, event_id: str, old: Mark, seat_no: int, opened: Sequence[int]) -> None:
        """Settle up to a seat; a mark that another pass has moved meanwhile stays where that put it."""
        with self._database.transaction() as cursor:
            if old.filled:
                filled = {"event_id": event_id, "seat_nos": sorted(old.filled)}
                cursor.execute(statement("delete_open_seats"), filled)
            moved = {"event_id": event_id, "old": old.seat_no, "new": seat_no}
            if seat_no != old.seat_no and cursor.execute(statement("move_mark"), moved):
                cursor.executemany(statement("insert_open_seat"), [(event_id, seat) for seat in opened])

    def recorded(self, event_id: str, after: int) -> Iterator[int]:
        """Name the recorded seats above a seat, in order."""
        while True:
            rows = self._chunk("select_seats", event_id, after)
            yield from (seat for (seat,) in rows)
            if len(rows) < CHUNK:
                return
            after = rows[-1][0]

    def entries(self, event_id: str) -> Iterator[list[Entry]]:
        """Give every recorded entry, by seat, some thousands at a time."""
        after = 0
        while True:
            rows = self._chunk("select_entries", event_id, after)
            yield [
                Entry(event_id, user_id, seat_no, clock.utc(request_time), epoch, attempt_id)
                for user_id, seat_no, request_time, epoch, attempt_id in rows
            ]
            if len(rows) < CHUNK:
                return
            after = rows[-1][1]

    @again
    def seats_of(self, event_id: str, user_ids: Sequence[str]) -> dict[str, int]:
        """Tell which of these users are recorded, and with which seat."""
        if not user_ids:
            return {}
        with self._database.transaction() as cursor:
            parameters = {"event_id": event_id, "user_ids": list(user_ids)}
            cursor.execute(statement("select_seats_of_users"), parameters)
            return dict(cursor.fetchall())

    @again
    def dead(self, event_id: str) -> dict[int, set[str]]:
        """Tell whose seats are dead letters: seat number to the users who had it so."""
        with self._database.transaction() as cursor:
            cursor.execute(statement("select_dead_seats"), {"event_id": event_id})
            rows = cursor.fetchall()
        dead: dict[int, set[str]] = {}
        for seat_no, user_id in rows:
            dead.setdefault(seat_no, set()).add(user_id)
        return dead

    @again
    def _chunk(self, name: str, event_id: str, after: int) -> Rows:
        with self._database.transaction() as cursor:
            cursor.execute(statement(name), {"event_id": event_id, "after": after, "limit": CHUNK})
            return cursor.fetchall()
