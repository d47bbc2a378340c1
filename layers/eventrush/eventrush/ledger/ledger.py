"""The ledger's questions and commands, each one transaction."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from eventrush import clock
from eventrush.errors import ConflictError
from eventrush.event import Event
from eventrush.ledger import batch, events, migrations
from eventrush.ledger.batch import BatchResult
from eventrush.ledger.database import Database, again
from eventrush.ledger.letterbox import Letterbox
from eventrush.ledger.seats import SeatAccount
from eventrush.ledger.statements import statement
from eventrush.record import DeadLetter, Delivery

# A change takes some milliseconds, or the time-out of a gate that is away.
RULES_WAIT_S: Final = 5


@dataclass(frozen=True, slots=True)
class Totals:
    """What the ledger holds of one event, counted from the rows; `dead` are its dead letters nobody has settled."""

    entries: int
    users: int
    seats: int
    min_seat: int
    max_seat: int
    dead: int


class Ledger:
    """MySQL remembers. Every method raises `LedgerError` when it may not have done what it says."""

    def __init__(self, database: Database) -> None:
        """Take a database; it is connected when first used."""
        self.database = database
        self.seats = SeatAccount(database)
        self.letters = Letterbox(database)

    @again
    def record(self, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter] = ()) -> BatchResult:
        """Record a batch whole; repeating it is harmless."""
        with self.database.transaction() as cursor:
            return batch.record(cursor, deliveries, dead)

    @contextmanager
    def changing_rules(self) -> Iterator[None]:
        """Read an event's rules and change them, here and at the gate, while nobody else does."""
        with self.database.alone("change of rules", wait_s=RULES_WAIT_S):
            yield

    def migrate(self) -> list[str]:
        """Bring the tables up to date and name the migrations applied."""
        return migrations.migrate(self.database)

    @again
    def epochs(self, event_ids: AbstractSet[str]) -> dict[str, int]:
        """Tell the current epoch of each event that exists."""
        if not event_ids:
            return {}
        with self.database.transaction() as cursor:
            cursor.execute(statement("select_epochs"), {"event_ids": sorted(event_ids)})
            return dict(cursor.fetchall())

    @again
    def add_event(self, event: Event) -> None:
        """Record a new event; raises `ConflictError` where its id is taken."""
        with self.database.transaction() as cursor:
            if not events.insert(cursor, event):
                raise ConflictError(f"eventId: there is an event {event.event_id} already.")

    @again
    def change_event(self, event: Event) -> None:
        """Change an event's rules."""
        with self.database.transaction() as cursor:
            events.update(cursor, event)

    @again
    def event(self, event_id: str) -> Event | None:
        """Give an event, None where there is no such."""
        with self.database.transaction() as cursor:
            return events.select(cursor, event_id)

    def existing(self, event_id: str) -> Event:
        """Give an event; raises `ConflictError` where there is no such."""
        return _existing(self.event(event_id), event_id)

    @again
    def events(self) -> list[Event]:
        """Give every event, the oldest first."""
        with self.database.transaction() as cursor:
            return events.select_all(cursor)

    @again
    def ended(self) -> dict[str, datetime | None]:
        """Tell when each event ended or will end; None where nothing ends it."""
        with self.database.transaction() as cursor:
            cursor.execute(statement("select_ended"))
            return {event_id: moment and clock.utc(moment) for event_id, moment in cursor.fetchall()}

    @again
    def raise_epoch(self, event_id: str, above: int = 0) -> Event:
        """Begin a new epoch of an event, later than its last and than `above`, and give the event as it is now."""
        with self.database.transaction() as cursor:
            cursor.execute(statement("raise_epoch"), {"event_id": event_id, "above": above})
            event = events.select(cursor, event_id)
        return _existing(event, event_id)

    @again
    def totals(self, event_id: str) -> Totals:
        """Count what is recorded of an event; reads all its rows."""
        with self.database.transaction() as cursor:
            cursor.execute(statement("select_totals"), {"event_id": event_id})
            return Totals(*map(int, cursor.fetchall()[0]))


def _existing(event: Event | None, event_id: str) -> Event:
    if event is None:
        raise ConflictError(f"eventId: there is no event {event_id}.")
    return event
