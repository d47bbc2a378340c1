"""Writes the results of commands as JSON objects."""

from typing import Any, Final

from admin.forgetting import Forgotten
from admin.service import Backlog, EventStatus, Page, Report
from eventrush import timestamps
from eventrush.ledger.dead_letters import StoredDeadLetter
from eventrush.ledger.event_log import Change
from eventrush.models import Event
from eventrush.rebuild import Rebuilt

# What a command cannot erase.
REMAINS: Final = (
    "The old id remains in the Kafka topic until its retention is over; in MySQL's binary logs, backups and snapshots, "
    "and in Redis's files and snapshots, until they are replaced; and in other events."
)


def event(of: Event) -> dict[str, Any]:
    """Write an event's rules."""
    return {
        "eventId": of.event_id,
        "name": of.name,
        "capacity": of.capacity,
        "opensAt": timestamps.to_iso(of.opens_at) if of.opens_at else None,
        "closesAt": timestamps.to_iso(of.closes_at) if of.closes_at else None,
        "state": str(of.state),
        "epoch": of.epoch,
    }


def status(of: EventStatus) -> dict[str, Any]:
    """Write an event's rules, and its figures where the gate has them."""
    facts = of.facts
    if facts is None:
        return event(of.event)
    figures = {
        "phase": str(facts.phase),
        "issued": facts.issued,
        "remaining": facts.remaining,
        "pending": facts.pending,
    }
    return event(of.event) | figures


def report(of: Report) -> dict[str, Any]:
    """Write a report."""
    return {
        "eventId": of.event_id,
        "name": of.name,
        "state": of.state,
        "capacity": of.capacity,
        "issued": of.issued,
        "free": of.free,
        "pending": of.pending,
        "recorded": of.recorded,
        "distinctUsers": of.distinct_users,
        "distinctSeats": of.distinct_seats,
        "minSeat": of.min_seat,
        "maxSeat": of.max_seat,
        "dead": of.dead,
        "parked": of.parked,
        "missing": of.missing,
        "lost": of.lost,
        "oversold": of.oversold,
        "doubled": of.doubled,
        "consistent": of.consistent,
    }


def backlog(of: Backlog) -> dict[str, Any]:
    """Write what waits, over all events."""
    return {"lag": of.lag, "pending": of.pending, "parked": of.parked, "dead": of.dead}


def page(of: Page) -> dict[str, Any]:
    """Write some recorded entries; far below the 6 MB that Lambda returns."""
    rows = [
        {
            "seatNo": entry.seat_no,
            "userId": entry.user_id,
            "requestTime": timestamps.to_iso(entry.request_time),
            "epoch": entry.epoch,
        }
        for entry in of.entries
    ]
    return {"rows": rows, "total": of.total}


def change(of: Change) -> dict[str, Any]:
    """Write what an operator changed."""
    return {
        "time": timestamps.to_iso(of.logged_at) if of.logged_at else None,
        "command": of.command,
        "eventId": of.event_id,
        "operator": of.operator,
        "details": of.details,
    }


def rebuild(of: Rebuilt) -> dict[str, Any]:
    """Write the result of a rebuild."""
    return {"event": event(of.event), **of.figures()}


def forgotten(of: Forgotten) -> dict[str, Any]:
    """Write what was erased of a user, without the old or the new id, and what remains."""
    return {
        "eventId": of.event_id,
        "rows": of.erased.rows,
        "deadLetters": of.erased.dead_letters,
        "parked": of.erased.parked,
        "gate": of.in_gate,
        "remains": REMAINS,
    }


def dead_letter(of: StoredDeadLetter) -> dict[str, Any]:
    """Write a dead letter; bytes that are not UTF-8 are shown with their escapes."""
    record = of.record
    return {
        "position": str(of.position),
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "state": str(of.state),
        "reason": of.reason,
        "detail": of.detail,
        "eventId": of.event_id,
        "userId": of.user_id,
        "seatNo": of.seat_no,
        "key": _text(record.key),
        "value": _text(record.value),
        "headers": {name: _text(value) for name, value in record.headers.items()},
        "recordTime": timestamps.to_iso(record.timestamp),
        "deadAt": timestamps.to_iso(of.dead_at),
        "settledAt": timestamps.to_iso(of.settled_at) if of.settled_at else None,
        "note": of.note,
    }


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "backslashreplace")
