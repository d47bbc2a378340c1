"""Records a batch of the stream in one transaction: entries as rows, what cannot be an entry as dead letters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from pymysql.cursors import Cursor

from eventrush.ledger import dead_letters
from eventrush.ledger.statements import statement
from eventrush.record import DeadLetter, Delivery, Reason


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch: `settled` deliveries are rows now, `recorded` of them new; `dead` are dead letters."""

    settled: Sequence[Delivery]
    recorded: int
    dead: Sequence[DeadLetter]

    @property
    def repeated(self) -> int:
        """How many rows had been recorded before."""
        return len(self.settled) - self.recorded


def record(cursor: Cursor, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter]) -> BatchResult:
    """Record deliveries, and beside them what was found dead already. Doing it again changes nothing."""
    capacities = _capacities(cursor, {delivery.entry.event_id for delivery in deliveries})
    possible, impossible = _within_capacity(deliveries, capacities)
    # In the order of the keys, so that batches do not deadlock; stable, so that of two for a seat the first has it.
    possible.sort(key=lambda delivery: (delivery.entry.event_id, delivery.entry.seat_no))
    recorded = cursor.executemany(statement("insert_entries"), [_row(delivery) for delivery in possible]) or 0
    settled, collided = (possible, []) if recorded == len(possible) else _tell_collisions(cursor, possible)
    all_dead = [*dead, *impossible, *collided]
    dead_letters.insert(cursor, all_dead)
    return BatchResult(settled, recorded, all_dead)


def _row(delivery: Delivery) -> tuple[str, int, str, str, str, int]:
    entry = delivery.entry
    moment = entry.request_time.isoformat(" ", "microseconds")[:26]  # UTC; a string spares PyMySQL's slower datetime
    return entry.event_id, entry.seat_no, entry.user_id, moment, entry.attempt_id, entry.epoch


def _capacities(cursor: Cursor, event_ids: Iterable[str]) -> dict[str, int]:
    wanted = sorted(event_ids)
    if not wanted:
        return {}
    cursor.execute(statement("select_capacities"), {"event_ids": wanted})
    return dict(cursor.fetchall())


def _within_capacity(
    deliveries: Iterable[Delivery], capacities: Mapping[str, int]
) -> tuple[list[Delivery], list[DeadLetter]]:
    possible: list[Delivery] = []
    dead: list[DeadLetter] = []
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


def _tell_collisions(cursor: Cursor, deliveries: Sequence[Delivery]) -> tuple[list[Delivery], list[DeadLetter]]:
    """Tell deliveries whose row is there (new or from before) from those that met another's seat or another seat."""
    settled: list[Delivery] = []
    dead: list[DeadLetter] = []
    for event_id, of_event in groupby(deliveries, key=lambda delivery: delivery.entry.event_id):
        group = list(of_event)
        seat_nos = [delivery.entry.seat_no for delivery in group]
        user_ids = [delivery.entry.user_id for delivery in group]
        parameters = {"event_id": event_id, "seat_nos": seat_nos, "user_ids": user_ids}
        cursor.execute(statement("select_holders"), parameters)
        holders = dict(map(itemgetter(0, 1), cursor.fetchall()))
        for delivery in group:
            holder = holders.get(delivery.entry.seat_no)
            if holder == delivery.entry.user_id:
                settled.append(delivery)
            elif holder is not None:
                detail = f"Seat {delivery.entry.seat_no} is recorded for another user."
                dead.append(DeadLetter(delivery.record, Reason.SEAT_TAKEN, detail, delivery.entry))
            else:
                detail = "The user is recorded with another seat."
                dead.append(DeadLetter(delivery.record, Reason.USER_HAS_SEAT, detail, delivery.entry))
    return settled, dead
