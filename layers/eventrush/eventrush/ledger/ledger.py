"""The ledger's questions and commands, each one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from eventrush import clock
from eventrush.errors import ConflictError
from eventrush.event import Event
from eventrush.ledger import batch, events, migrations
from eventrush.ledger.batch import BatchResult
from eventrush.ledger.database import Database, TransientLedgerError
from eventrush.ledger.letterbox import Letterbox
from eventrush.ledger.seats import SeatAccount
from eventrush.ledger.statements import statement
from eventrush.record import DeadLetter, Delivery

# A transaction rolled back for no fault of its own is done again, soon and a few times.
AGAIN: Final = Retrying(
    retry=retry_if_exception_type(TransientLedgerError),
    stop=stop_after_attempt(5),
    wait=wait_random_exponential(multiplier=0.02, max=0.5),
    reraise=True,
)


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
    """MySQL remembers. Every method raises `LedgerError` when it did not do what it says; nothing is then changed."""

    def __init__(self, database: Database) -> None:
        """Take a database; it is connected when first used."""
        self.database = database
        self.seats = SeatAccount(database)
        self.letters = Letterbox(database)

    def record(self, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter] = ()) -> BatchResult:
        """Record a batch whole; repeating it is harmless."""
        for attempt in AGAIN:
            with attempt, self.database.transaction() as cursor:
                result = batch.record(cursor, deliveries, dead)
        return result

    def migrate(self) -> list[str]:
        """Bring the tables up to date and name the migrations applied."""
        return migrations.migrate(self.database)

    def epochs(self, event_ids: Iterable[str]) -> dict[str, int]:
        """Tell the current epoch of each event that exists."""
        wanted = sorted(set(event_ids))
        if not wanted:
            return {}
        for attempt in AGAIN:
            with attempt, self.database.transaction() as cursor:
                cursor.execute(statement("select_epochs"), {"event_ids": wanted})
                rows = cursor.fetchall()
        return dict(rows)

    def add_event(self, event: Event) -> None:
        """Record a new event; raises `ConflictError` where its id is taken."""
        with self.database.transaction() as cursor:
            if not events.insert(cursor, event):
                raise ConflictError(f"eventId: there is an event {event.event_id} already.")

    def change_event(self, event: Event) -> None:
        """Change an event's rules."""
        with self.database.transaction() as cursor:
            events.update(cursor, event)

    def event(self, event_id: str) -> Event | None:
        """Give an event, None where there is no such."""
        with self.database.transaction() as cursor:
            return events.select(cursor, event_id)

    def events(self) -> list[Event]:
        """Give every event, the oldest first."""
        with self.database.transaction() as cursor:
            return events.select_all(cursor)

    def ended(self) -> dict[str, datetime | None]:
        """Tell when each event ended or will end; None where nothing ends it."""
        with self.database.transaction() as cursor:
            cursor.execute(statement("select_ended"))
            return {event_id: moment and clock.utc(moment) for event_id, moment in cursor.fetchall()}

    def raise_epoch(self, event_id: str) -> Event:
        """Begin a new epoch of an event and give the event as it is now."""
        with self.database.transaction() as cursor:
            cursor.execute(statement("raise_epoch"), {"event_id": event_id})
            event = events.select(cursor, event_id)
        if event is None:
            raise ConflictError(f"eventId: there is no event {event_id}.")
        return event

    def totals(self, event_id: str) -> Totals:
        """Count what is recorded of an event; reads all its rows."""
        with self.database.transaction() as cursor:
            cursor.execute(statement("select_totals"), {"event_id": event_id})
            return Totals(*map(int, cursor.fetchall()[0]))
