"""The ledger's events and their totals, and access to its batches, seats and dead letters."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import Any, Final, Self

from pymysql.cursors import Cursor

from eventrush.errors import ConflictError
from eventrush.ledger import database, migrations, sql
from eventrush.ledger.batch import BatchWriter
from eventrush.ledger.database import Database, retry_transient
from eventrush.ledger.dead_letters import DeadLetters
from eventrush.ledger.event_log import Change, EventLog, log
from eventrush.ledger.parked import Parked
from eventrush.ledger.seats import Seats
from eventrush.models import Event, EventState
from eventrush.settings import LedgerSettings
from eventrush.stream.message import MAX_SEAT_NO
from eventrush.timestamps import utc

_SQL = sql.load("events")
# How long to wait for another change of rules (seconds): it may take the time-out of a gate that does not answer.
RULES_WAIT_S: Final = 5
CHUNK: Final = 50_000  # seats or users that one statement counts
_EVENTS: Final = 1000  # in one query


@dataclass(frozen=True, slots=True)
class Totals:
    """An event's totals, counted from its rows; `dead` is the number of its unsettled dead letters."""

    entries: int
    users: int
    seats: int
    min_seat: int
    max_seat: int
    dead: int


class Ledger:
    """MySQL. Every method is one transaction and raises `LedgerError` when it failed or its outcome is unknown."""

    def __init__(self, db: Database, rules_wait_s: int = RULES_WAIT_S) -> None:
        """Take a database, and how long to wait for another change of rules (seconds)."""
        self.database = db
        self.batch = BatchWriter(db)
        self.seats = Seats(db)
        self.dead_letters = DeadLetters(db)
        self.parked = Parked(db)
        self.event_log = EventLog(db)
        self._rules_wait_s = rules_wait_s

    @classmethod
    def connect(cls, settings: LedgerSettings, *, statement_timeout_s: float = 10) -> Self:
        """Return a ledger; it connects on first use. A statement may take `statement_timeout_s`."""
        return cls(database.connect(settings, statement_timeout_s=statement_timeout_s))

    def close(self) -> None:
        """Close the connection."""
        self.database.close()

    def migrate(self) -> list[str]:
        """Apply missing migrations and return their names."""
        return migrations.migrate(self.database, migrations.bundled())

    @contextmanager
    def rules_lock(self) -> Iterator[None]:
        """Hold the lock for reading and changing an event's rules in the ledger and the gate."""
        with self.database.advisory_lock("change of rules", wait_s=self._rules_wait_s):
            yield

    @contextmanager
    def redrive_lock(self) -> Iterator[None]:
        """Hold the lock for sending or changing dead letters."""
        with self.database.advisory_lock("redrive or erasure", wait_s=self._rules_wait_s):
            yield

    @retry_transient
    def add_event(self, event: Event, change: Change | None = None) -> None:
        """Add a new event; raises `ConflictError` if its id is taken."""
        with self.database.transaction() as cursor:
            if cursor.execute(_SQL["insert"], _parameters(event)) != 1:
                raise ConflictError(f"eventId: an event {event.event_id} exists already.")
            log(cursor, change)

    @retry_transient
    def update_event(self, event: Event, change: Change | None = None) -> None:
        """Change an event's rules (all but its epoch)."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["update"], _parameters(event))
            log(cursor, change)

    @retry_transient
    def get_event(self, event_id: str) -> Event:
        """Return an event; raises `ConflictError` if there is none."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["select"], {"event_id": event_id})
            return _only_event(cursor.fetchall(), event_id)

    @retry_transient
    def list_events(self) -> list[Event]:
        """Return every event, the oldest first."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["select_all"])
            return list(map(_event, cursor.fetchall()))

    def get_events(self, event_ids: Iterable[str]) -> list[Event]:
        """Return those of these events that exist; one query a thousand."""
        return [event for chunk in batched(event_ids, _EVENTS, strict=False) for event in self._get_events(chunk)]

    @retry_transient
    def event_ids(self) -> set[str]:
        """Return the id of every event."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["select_ids"])
            return {event_id for (event_id,) in cursor.fetchall()}

    @retry_transient
    def end_times(self, event_id: str | None = None) -> dict[str, datetime | None]:
        """Return when each event, or only this one, ended or will end (aware UTC); None if it has no end."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["select_end_times"], {"event_id": event_id})
            return {event_id: moment and utc(moment) for event_id, moment in cursor.fetchall()}

    @retry_transient
    def raise_epoch(self, event_id: str, above: int = 0, change: Change | None = None) -> Event:
        """Raise an event's epoch above its current one and above `above`; returns the event."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["raise_epoch"], {"event_id": event_id, "above": above})
            log(cursor, change)
            cursor.execute(_SQL["select"], {"event_id": event_id})
            return _only_event(cursor.fetchall(), event_id)

    @retry_transient
    def ping(self) -> None:
        """Ask for an answer; raises `LedgerError` if there is none."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["ping"])

    @retry_transient
    def backlog(self) -> tuple[int, int]:
        """Return how many records are parked, and how many dead letters are unsettled, of all events."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["count_backlog"])
            ((parked, dead),) = cursor.fetchall()
        return parked, dead

    @retry_transient
    def count_entries(self, event_id: str, last: int, chunk: int = CHUNK) -> int:
        """Count an event's rows up to seat `last`, at most `chunk` seats a statement."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["set_snapshot"])
            return _count_seats(cursor, event_id, chunk, last)[0]

    @retry_transient
    def totals(self, event_id: str, chunk: int = CHUNK) -> Totals:
        """Count an event's rows and dead letters; reads all its rows, at most `chunk` seats or users a statement."""
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["set_snapshot"])
            entries, seats, min_seat, max_seat = _count_seats(cursor, event_id, chunk)
            users = _count_users(cursor, event_id, chunk)
            cursor.execute(_SQL["count_dead"], {"event_id": event_id})
            ((dead,),) = cursor.fetchall()
        return Totals(entries, users, seats, min_seat, max_seat, dead)

    @retry_transient
    def _get_events(self, event_ids: Sequence[str]) -> list[Event]:
        with self.database.transaction() as cursor:
            cursor.execute(_SQL["select_some"], {"event_ids": list(event_ids)})
            return list(map(_event, cursor.fetchall()))


def _count_seats(cursor: Cursor, event_id: str, chunk: int, last: int = MAX_SEAT_NO) -> tuple[int, int, int, int]:
    """Return the number of rows and of distinct seats up to `last`, the lowest and the highest (0 without rows)."""
    entries = seats = min_seat = max_seat = 0
    while True:
        cursor.execute(_SQL["select_next_seat"], {"event_id": event_id, "after": max_seat})
        ((first,),) = cursor.fetchall()
        if first is None or first > last:
            return entries, seats, min_seat, max_seat
        min_seat = min_seat or first
        until = min(first + chunk - 1, last)
        cursor.execute(_SQL["count_seats"], {"event_id": event_id, "first": first, "last": until})
        ((rows, distinct, max_seat),) = cursor.fetchall()
        entries += rows
        seats += distinct


def _count_users(cursor: Cursor, event_id: str, chunk: int) -> int:
    """Return the number of distinct users."""
    users, found, after = 0, chunk, ""
    while found == chunk:
        cursor.execute(_SQL["count_users"], {"event_id": event_id, "after": after, "limit": chunk})
        ((found, after),) = cursor.fetchall()
        users += found
    return users


def _parameters(event: Event) -> dict[str, object]:
    return {
        "event_id": event.event_id,
        "name": event.name,
        "capacity": event.capacity,
        "opens_at": _naive(event.opens_at),
        "closes_at": _naive(event.closes_at),
        "state": str(event.state),
        "epoch": event.epoch,
    }


def _naive(moment: datetime | None) -> datetime | None:
    """Convert a time to how the ledger stores it: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


def _event(row: tuple[Any, ...]) -> Event:
    event_id, name, capacity, opens_at, closes_at, state, epoch = row
    opens, closes = (moment and utc(moment) for moment in (opens_at, closes_at))
    return Event(event_id, name, capacity, opens, closes, EventState(state), epoch)


def _only_event(rows: tuple[tuple[Any, ...], ...], event_id: str) -> Event:
    if not rows:
        raise ConflictError(f"eventId: there is no event {event_id}.")
    return _event(rows[0])
