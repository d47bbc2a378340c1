"""Writes what commands answer as JSON objects: things in the contract's spelling, figures under the names they have."""

from dataclasses import asdict
from typing import Any

from admin.report import Report
from admin.service import EventStatus
from eventrush import timestamps
from eventrush.ledger.dead_letters import StoredDeadLetter
from eventrush.models import Event
from eventrush.rebuild import Rebuilt


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
    """Write an event's rules and how far it is."""
    facts = of.facts
    if facts is None:
        return event(of.event)
    so_far = {"phase": str(facts.phase), "issued": facts.issued, "remaining": facts.remaining, "pending": facts.pending}
    return event(of.event) | so_far


def report(of: Report) -> dict[str, Any]:
    """Write a report."""
    return asdict(of) | {"sound": of.sound}


def rebuilt(of: Rebuilt) -> dict[str, Any]:
    """Write what a rebuild found."""
    return asdict(of) | {"event": event(of.event)}


def letter(of: StoredDeadLetter) -> dict[str, Any]:
    """Write a dead letter; bytes that are no UTF-8 are shown with their escapes."""
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
