"""An event's rows by seat, and its watermark: every seat below it is settled, apart from a few open seats."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from eventrush.ledger import sql
from eventrush.ledger.database import Database, retry_transient
from eventrush.models import Entry
from eventrush.timestamps import utc

_SQL = sql.load("seats")

CHUNK: Final = 5000

_EVENTS: Final = 1000  # in one query

type Rows = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Watermark:
    """Every seat up to `seat_no` has a row except those in `open`; `filled` are former open seats that have one now."""

    seat_no: int
    open: frozenset[int]
    filled: frozenset[int]


@dataclass(frozen=True, slots=True)
class Settled:
    """An event's watermark; `clean`: every seat up to it has a row, and no dead letter is left."""

    seat_no: int
    clean: bool


class Seats:
    """The rows of an event; each method is one transaction, iterators are one transaction a chunk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retry_transient
    def watermark(self, event_id: str) -> Watermark:
        """Return an event's watermark."""
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_watermark"], {"event_id": event_id})
            ((seat_no,),) = cursor.fetchall()
            cursor.execute(_SQL["select_open_seats"], {"event_id": event_id})
            rows = cursor.fetchall()
        filled = frozenset(seat for seat, has_row in rows if has_row)
        return Watermark(seat_no, frozenset(seat for seat, has_row in rows if not has_row), filled)

    def settled(self, event_ids: Sequence[str]) -> dict[str, Settled]:
        """Return the watermarks of these events; one query a thousand."""
        rows = (row for chunk in batched(event_ids, _EVENTS, strict=False) for row in self._settled(chunk))
        return {event_id: Settled(seat_no, bool(clean)) for event_id, seat_no, clean in rows}

    @retry_transient
    def move_watermark(self, event_id: str, old: Watermark, seat_no: int, opened: Sequence[int]) -> None:
        """Move the watermark to a seat and record `opened` seats as open; does nothing if another pass has moved it."""
        if seat_no == old.seat_no and not old.filled:
            return
        with self._database.transaction() as cursor:
            if old.filled:
                filled = {"event_id": event_id, "seat_nos": sorted(old.filled)}
                cursor.execute(_SQL["delete_open_seats"], filled)
            moved = {"event_id": event_id, "old": old.seat_no, "new": seat_no}
            if seat_no != old.seat_no and cursor.execute(_SQL["move_watermark"], moved):
                cursor.executemany(_SQL["insert_open_seats"], [(event_id, seat) for seat in opened])

    def recorded(self, event_id: str, after: int) -> Iterator[int]:
        """Iterate over the recorded seats above seat `after`, in order."""
        while True:
            rows = self._chunk("select_recorded", event_id, after)
            yield from (seat for (seat,) in rows)
            if len(rows) < CHUNK:
                return
            after = rows[-1][0]

    def entries(self, event_id: str) -> Iterator[list[Entry]]:
        """Iterate over the recorded entries in the order of seats, in chunks of 5,000."""
        after = 0
        while True:
            entries = self.page(event_id, after)
            yield entries
            if len(entries) < CHUNK:
                return
            after = entries[-1].seat_no

    def page(self, event_id: str, after: int) -> list[Entry]:
        """Return up to 5,000 recorded entries above seat `after`, in the order of seats."""
        return [
            Entry(event_id, user_id, seat_no, utc(request_time), epoch, attempt_id)
            for user_id, seat_no, request_time, epoch, attempt_id in self._chunk("select_entries", event_id, after)
        ]

    @retry_transient
    def by_user(self, event_id: str, user_ids: Sequence[str]) -> dict[str, int]:
        """Return the recorded seats of these users."""
        if not user_ids:
            return {}
        with self._database.transaction() as cursor:
            parameters = {"event_id": event_id, "user_ids": list(user_ids)}
            cursor.execute(_SQL["select_by_user"], parameters)
            return dict(cursor.fetchall())

    @retry_transient
    def _chunk(self, name: str, event_id: str, after: int) -> Rows:
        with self._database.transaction() as cursor:
            cursor.execute(_SQL[name], {"event_id": event_id, "after": after, "limit": CHUNK})
            return cursor.fetchall()

    @retry_transient
    def _settled(self, event_ids: Sequence[str]) -> Rows:
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_settled"], {"event_ids": list(event_ids)})
            return cursor.fetchall()
