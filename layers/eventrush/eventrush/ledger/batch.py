"""Records a batch of the stream in one transaction: entries as rows, invalid records as dead letters."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from pymysql.cursors import Cursor

from eventrush.ledger import queries
from eventrush.ledger.database import Database, retry_transient
from eventrush.ledger.dead_letters import DeadLetter, Reason, insert_dead_letters
from eventrush.models import Delivery

_SQL = queries.load("batch")


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch: `settled` deliveries have a row, `recorded` rows are new, `dead` are dead letters."""

    settled: Sequence[Delivery]
    recorded: int
    dead: Sequence[DeadLetter]

    @property
    def repeated(self) -> int:
        """The number of rows that existed before."""
        return len(self.settled) - self.recorded


class BatchWriter:
    """Reads epochs and records batches; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retry_transient
    def epochs(self, event_ids: AbstractSet[str]) -> dict[str, int]:
        """Return the current epoch of each event that exists."""
        if not event_ids:
            return {}
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_epochs"], {"event_ids": sorted(event_ids)})
            return dict(cursor.fetchall())

    @retry_transient
    def record(self, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter] = ()) -> BatchResult:
        """Record deliveries as rows, and store these dead letters; repeating it changes nothing."""
        with self._database.transaction() as cursor:
            possible, impossible = _within_capacity(cursor, deliveries)
            # Sorted by key to avoid deadlocks; the sort is stable, so the first of two deliveries for a seat gets it.
            possible.sort(key=lambda delivery: (delivery.entry.event_id, delivery.entry.seat_no))
            recorded = cursor.executemany(_SQL["insert_entries"], [_row(delivery) for delivery in possible]) or 0
            all_dead = [*dead, *impossible]
            if recorded < len(possible):
                possible, collided = _separate_collisions(cursor, possible)
                all_dead += collided
            if all_dead:
                insert_dead_letters(cursor, all_dead)
            return BatchResult(possible, recorded, all_dead)


def _row(delivery: Delivery) -> tuple[str, int, str, str, str, int]:
    entry = delivery.entry
    moment = entry.request_time.isoformat(" ", "microseconds")[:26]  # UTC; PyMySQL formats a datetime more slowly
    return entry.event_id, entry.seat_no, entry.user_id, moment, entry.attempt_id, entry.epoch


def _within_capacity(cursor: Cursor, deliveries: Sequence[Delivery]) -> tuple[list[Delivery], list[DeadLetter]]:
    """Separate deliveries within their event's capacity, which is locked against change, from the others."""
    possible: list[Delivery] = []
    dead: list[DeadLetter] = []
    if not deliveries:
        return possible, dead
    cursor.execute(
        _SQL["select_capacities"], {"event_ids": sorted({delivery.entry.event_id for delivery in deliveries})}
    )
    capacities = dict(cursor.fetchall())
    for delivery in deliveries:
        entry = delivery.entry
        capacity = capacities.get(entry.event_id)
        if capacity is None:
            dead.append(DeadLetter(delivery.record, Reason.UNKNOWN_EVENT, "There is no such event.", entry))
        elif entry.seat_no > capacity:
            detail = f"Seat {entry.seat_no} is beyond the capacity of {capacity}."
            dead.append(DeadLetter(delivery.record, Reason.BEYOND_CAPACITY, detail, entry))
        else:
            possible.append(delivery)
    return possible, dead


def _separate_collisions(cursor: Cursor, deliveries: Sequence[Delivery]) -> tuple[list[Delivery], list[DeadLetter]]:
    """Separate deliveries that have their row from those whose seat or user has another row."""
    settled: list[Delivery] = []
    dead: list[DeadLetter] = []
    for event_id, of_event in groupby(deliveries, key=lambda delivery: delivery.entry.event_id):
        group = list(of_event)
        seat_nos = [delivery.entry.seat_no for delivery in group]
        user_ids = [delivery.entry.user_id for delivery in group]
        parameters = {"event_id": event_id, "seat_nos": seat_nos, "user_ids": user_ids}
        cursor.execute(_SQL["select_owners"], parameters)
        owners = dict(map(itemgetter(0, 1), cursor.fetchall()))
        for delivery in group:
            owner = owners.get(delivery.entry.seat_no)
            if owner == delivery.entry.user_id:
                settled.append(delivery)
            elif owner is not None:
                detail = f"Seat {delivery.entry.seat_no} is recorded for another user."
                dead.append(DeadLetter(delivery.record, Reason.SEAT_TAKEN, detail, delivery.entry))
            else:
                detail = "The user has another seat."
                dead.append(DeadLetter(delivery.record, Reason.USER_HAS_SEAT, detail, delivery.entry))
    return settled, dead
