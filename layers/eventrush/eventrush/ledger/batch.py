"""Records a batch in one transaction: entries as rows, invalid records as dead letters, the undecided as parked."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from pymysql.cursors import Cursor

from eventrush.identifiers import FORGOTTEN_LIKE
from eventrush.ledger import sql
from eventrush.ledger.database import Database, retry_transient
from eventrush.ledger.dead_letters import DeadLetter, Reason, insert_dead_letters
from eventrush.ledger.parked import delete_parked, insert_parked
from eventrush.models import Delivery, Entry, Position
from eventrush.timestamps import utc

_SQL = sql.load("batch")


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch: `settled` deliveries have a row, `recorded` rows are new; the rest is dead or parked.

    A record of an entry whose user was forgotten is none of these.
    """

    settled: Sequence[Delivery]
    recorded: int
    dead: Sequence[DeadLetter]
    parked: Sequence[Delivery] = ()

    @property
    def repeated(self) -> int:
        """The number of rows that existed before."""
        return len(self.settled) - self.recorded


class BatchWriter:
    """Reads epochs and records batches; each method is one transaction.

    What was decided is recorded only in the epoch in which it was decided; records of an older epoch are parked.
    """

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
    def record(
        self, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter] = (), parked: Sequence[Delivery] = ()
    ) -> BatchResult:
        """Record deliveries as rows, store dead letters, park the rest; repeating it changes nothing."""
        with self._database.transaction() as cursor:
            result = _record(cursor, deliveries, dead)
            parked = [*parked, *result.parked]
            if parked:
                forgotten = _forgotten(cursor, (delivery.entry for delivery in parked))
                parked = [delivery for delivery in parked if _seat(delivery.entry) not in forgotten]
                insert_parked(cursor, parked)
            return BatchResult(result.settled, result.recorded, result.dead, parked)

    @retry_transient
    def record_parked(
        self, ids: Mapping[Position, int], deliveries: Sequence[Delivery], dead: Sequence[DeadLetter]
    ) -> BatchResult:
        """Record deliveries and dead letters that were parked, under these ids, and delete them from there."""
        with self._database.transaction() as cursor:
            result = _record(cursor, deliveries, dead)
            undecided = {delivery.record.position for delivery in result.parked}
            delete_parked(cursor, [id_ for position, id_ in ids.items() if position not in undecided])
            return result


def decided(
    deliveries: Sequence[Delivery], epoch: int, owned: Sequence[bool]
) -> tuple[list[Delivery], list[DeadLetter]]:
    """Return the rows and dead letters of records of an older epoch, of which the gate decided in this epoch.

    `owned` says for each whether its user has the seat.
    """
    rows: list[Delivery] = []
    dead: list[DeadLetter] = []
    for delivery, is_own in zip(deliveries, owned, strict=True):
        entry, record = delivery.entry, delivery.record
        if is_own:
            rows.append(Delivery(entry, record, epoch))
        else:
            detail = f"Since a rebuild, seat {entry.seat_no} has another user, or the user another seat."
            dead.append(DeadLetter(record, Reason.STALE_EPOCH, detail, entry, epoch))
    return rows, dead


def _record(cursor: Cursor, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter]) -> BatchResult:
    """Record deliveries and dead letters in the cursor's transaction; returns those of an older epoch as parked."""
    possible, all_dead, parked = _separate(cursor, deliveries, dead)
    # Sorted by key to avoid deadlocks; the sort is stable, so the first of two deliveries for a seat gets it.
    possible.sort(key=lambda delivery: (delivery.entry.event_id, delivery.entry.seat_no))
    recorded = cursor.executemany(_SQL["insert_entries"], [_row(delivery) for delivery in possible]) or 0
    if recorded < len(possible):
        possible, collided = _separate_collisions(cursor, possible)
        all_dead += collided
    if all_dead:
        forgotten = _forgotten(cursor, (letter.entry for letter in all_dead if letter.entry))
        all_dead = [letter for letter in all_dead if not letter.entry or _seat(letter.entry) not in forgotten]
        insert_dead_letters(cursor, all_dead)
    return BatchResult(possible, recorded, all_dead, parked)


def _row(delivery: Delivery) -> tuple[str, int, str, str, str, int]:
    entry = delivery.entry
    moment = entry.request_time.isoformat(" ", "microseconds")[:26]  # UTC; PyMySQL formats a datetime more slowly
    return entry.event_id, entry.seat_no, entry.user_id, moment, entry.attempt_id, entry.epoch


def _separate(
    cursor: Cursor, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter]
) -> tuple[list[Delivery], list[DeadLetter], list[Delivery]]:
    """Separate what can be a row, what is a dead letter, and what an older epoch decided.

    Capacity and epoch of the events are locked against change until the transaction ends.
    """
    possible: list[Delivery] = []
    all_dead: list[DeadLetter] = []
    parked: list[Delivery] = []
    event_ids = {delivery.entry.event_id for delivery in deliveries}
    event_ids |= {letter.entry.event_id for letter in dead if letter.entry}
    rules: dict[str, tuple[int, int]] = {}
    if event_ids:
        cursor.execute(_SQL["select_rules"], {"event_ids": sorted(event_ids)})
        rules = {event_id: (capacity, epoch) for event_id, capacity, epoch in cursor.fetchall()}
    for letter in dead:
        if letter.entry and letter.decided_in is not None and letter.decided_in < rules[letter.entry.event_id][1]:
            parked.append(Delivery(letter.entry, letter.record))
        else:
            all_dead.append(letter)
    for delivery in deliveries:
        entry = delivery.entry
        capacity, epoch = rules.get(entry.event_id, (None, 0))
        if capacity is None:
            all_dead.append(DeadLetter(delivery.record, Reason.UNKNOWN_EVENT, "There is no such event.", entry))
        elif (delivery.decided_in or entry.epoch) < epoch:
            parked.append(delivery)
        elif entry.seat_no > capacity:
            detail = f"Seat {entry.seat_no} is beyond the capacity of {capacity}."
            all_dead.append(DeadLetter(delivery.record, Reason.BEYOND_CAPACITY, detail, entry))
        else:
            possible.append(delivery)
    return possible, all_dead, parked


def _seat(entry: Entry) -> tuple[str, int, datetime]:
    """Return what identifies an entry without its user."""
    return entry.event_id, entry.seat_no, entry.request_time


def _forgotten(cursor: Cursor, entries: Iterable[Entry]) -> set[tuple[str, int, datetime]]:
    """Return those of these entries that have a row whose user was forgotten: their records must leave no trace."""
    found: set[tuple[str, int, datetime]] = set()
    for event_id, of_event in groupby(sorted(entries, key=_seat), key=lambda entry: entry.event_id):
        seat_nos = [entry.seat_no for entry in of_event]
        cursor.execute(
            _SQL["select_forgotten"], {"event_id": event_id, "seat_nos": seat_nos, "pattern": FORGOTTEN_LIKE}
        )
        found.update((event_id, seat_no, utc(request_time)) for seat_no, request_time in cursor.fetchall())
    return found


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
