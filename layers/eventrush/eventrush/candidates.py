"""The entries that a rebuild may carry, in a temporary database on disk: an event may have millions of them."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from eventrush.ledger import sql
from eventrush.models import Entry
from eventrush.timestamps import from_us, to_us

_SQL = sql.load("candidates")
_CHUNK: Final = 5000
_CACHE_KIB: Final = 65_536


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry of the stream, of the parked records or of the gate, and when it was last sent (aware UTC)."""

    entry: Entry
    sent_at: datetime
    is_streamed: bool


class Candidates:
    """One candidate for each event, user and seat: that of the newest epoch."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._database.execute(_SQL["create"])

    @classmethod
    @contextmanager
    def temporary(cls) -> Iterator[Self]:
        """Yield an empty set; SQLite deletes its file when it is closed."""
        with closing(sqlite3.connect("")) as database:  # one transaction, which is never committed
            yield cls(database)

    def add(self, candidates: Iterable[Candidate]) -> None:
        """Add candidates."""
        self._database.executemany(_SQL["insert"], map(_row, candidates))

    def newest_first(self, event_id: str) -> Iterator[list[Candidate]]:
        """Iterate over an event's candidates, the newest epoch first, in chunks of 5,000."""
        cursor = self._database.execute(_SQL["select"], (event_id,))
        while rows := cursor.fetchmany(_CHUNK):
            yield [
                Candidate(
                    Entry(event_id, user_id, seat_no, from_us(request_us), epoch, attempt_id),
                    from_us(sent_us),
                    bool(is_streamed),
                )
                for user_id, seat_no, request_us, epoch, attempt_id, sent_us, is_streamed in rows
            ]

    def users_of_several(self, event_id: str) -> set[str]:
        """Return the users who are candidates for more than one seat."""
        return {user_id for (user_id,) in self._database.execute(_SQL["select_users_of_several"], (event_id,))}


def _row(candidate: Candidate) -> tuple[str | int, ...]:
    entry = candidate.entry
    return (
        entry.event_id,
        entry.user_id,
        entry.seat_no,
        entry.epoch,
        to_us(entry.request_time),
        entry.attempt_id,
        to_us(candidate.sent_at),
        candidate.is_streamed,
    )
