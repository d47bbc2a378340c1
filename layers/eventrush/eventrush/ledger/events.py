"""The record of what events exist."""

from datetime import UTC, datetime
from typing import Any

from pymysql.cursors import Cursor

from eventrush import clock
from eventrush.event import Event, EventState
from eventrush.ledger.statements import statement


def insert(cursor: Cursor, event: Event) -> bool:
    """Record a new event; False where its id is taken."""
    return cursor.execute(statement("insert_event"), _parameters(event)) == 1


def update(cursor: Cursor, event: Event) -> None:
    """Change an event's rules (all but its epoch)."""
    cursor.execute(statement("update_event"), _parameters(event))


def select(cursor: Cursor, event_id: str) -> Event | None:
    """Give an event, None where there is no such."""
    cursor.execute(statement("select_event"), {"event_id": event_id})
    return next(map(_event, cursor.fetchall()), None)


def select_all(cursor: Cursor) -> list[Event]:
    """Give every event, the oldest first."""
    cursor.execute(statement("select_events"))
    return list(map(_event, cursor.fetchall()))


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
    """Write a time as the ledger does: UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else None


def _event(row: tuple[Any, ...]) -> Event:
    event_id, name, capacity, opens_at, closes_at, state, epoch = row
    opens, closes = (moment and clock.utc(moment) for moment in (opens_at, closes_at))
    return Event(event_id, name, capacity, opens, closes, EventState(state), epoch)
