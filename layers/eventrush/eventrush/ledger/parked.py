"""Parked records: those that cannot be decided until their gate is rebuilt, stored unchanged."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymysql.cursors import Cursor

from eventrush.ledger import sql
from eventrush.ledger.database import Database, retry_transient
from eventrush.ledger.dead_letters import record_columns, stored_record
from eventrush.models import Delivery
from eventrush.stream.message import decode

_SQL = sql.load("parked")

CHUNK: Final = 1000


@dataclass(frozen=True, slots=True)
class ParkedRecord:
    """A parked record; its id in the ledger grows in the order in which records are parked."""

    id: int
    delivery: Delivery


def insert_parked(cursor: Cursor, deliveries: Iterable[Delivery]) -> None:
    """Park records in the cursor's transaction; those that are parked already stay unchanged."""
    cursor.executemany(_SQL["insert"], [_row(delivery) for delivery in deliveries])


def delete_parked(cursor: Cursor, ids: Sequence[int]) -> None:
    """Delete parked records in the cursor's transaction."""
    if ids:
        cursor.execute(_SQL["delete"], {"ids": ids})


class Parked:
    """The parked records; each method is one transaction, iterators are one transaction a chunk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retry_transient
    def event_ids(self) -> set[str]:
        """Return the events that have parked records."""
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_event_ids"])
            return {event_id for (event_id,) in cursor.fetchall()}

    def records(self, event_id: str) -> Iterator[list[ParkedRecord]]:
        """Iterate over an event's parked records in chunks of at most 1,000, in the order of their ids."""
        for rows in self._chunks("select_chunk", event_id):
            records = [(stored_record(row[:7]), row[7]) for row in rows]
            yield [ParkedRecord(id_, Delivery(decode(at.value, at.headers), at)) for at, id_ in records]

    def seats(self, event_id: str) -> Iterator[int]:
        """Iterate over the seats of an event's parked records."""
        for rows in self._chunks("select_seats", event_id):
            yield from (seat_no for seat_no, _id in rows)

    @retry_transient
    def by_user(self, event_id: str, user_ids: Sequence[str]) -> set[tuple[str, int]]:
        """Return user and seat of each parked record of these users."""
        if not user_ids:
            return set()
        with self._database.transaction() as cursor:
            cursor.execute(_SQL["select_by_user"], {"event_id": event_id, "user_ids": list(user_ids)})
            return set(cursor.fetchall())

    def _chunks(self, name: str, event_id: str) -> Iterator[tuple[tuple[Any, ...], ...]]:
        after = 0
        while rows := self._chunk(name, event_id, after):
            yield rows
            after = rows[-1][-1]

    @retry_transient
    def _chunk(self, name: str, event_id: str, after: int) -> tuple[tuple[Any, ...], ...]:
        with self._database.transaction() as cursor:
            cursor.execute(_SQL[name], {"event_id": event_id, "after": after, "limit": CHUNK})
            return cursor.fetchall()


def _row(delivery: Delivery) -> tuple[object, ...]:
    entry = delivery.entry
    return (*record_columns(delivery.record), entry.event_id, entry.user_id, entry.seat_no)
