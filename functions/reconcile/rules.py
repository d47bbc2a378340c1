"""Keeps the gate's rules what the ledger says, and has a gate that lost an event rebuilt."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from aws_lambda_powertools import Logger

from eventrush.errors import ConflictError, GateLostError
from eventrush.event import Event
from eventrush.gate import EventFacts
from eventrush.rebuilding import rebuild
from reconcile.wiring import Dependencies

logger = Logger()


def living(wired: Dependencies) -> list[Event]:
    """Give the events that are not past their retention, and write down at the gate which are and which are not."""
    now = datetime.now(UTC)
    keep = timedelta(days=wired.settings.retention_days)
    ended = wired.ledger.ended()
    events = wired.ledger.events()
    retired = {event.event_id for event in events if (end := ended.get(event.event_id)) and end + keep < now}
    live = [event for event in events if event.event_id not in retired]
    wired.gate.register([event.event_id for event in live], retired)
    for event in live:
        end = ended.get(event.event_id)
        if end and end < now:
            wired.gate.keep_until(event.event_id, end + keep)
    return live


def sound_facts(wired: Dependencies, events: Sequence[Event]) -> dict[str, EventFacts]:
    """Give the gate's facts of these events, each first rebuilt or brought in line where it is not the ledger's."""
    facts = {event.event_id: _facts_or_none(wired, event) for event in events}
    lost = [event.event_id for event in events if _is_lost(event, facts[event.event_id])]
    for rebuilt in rebuild(wired.gate, wired.ledger, wired.reader, lost) if lost else ():
        logger.warning("gate rebuilt", extra=asdict(rebuilt))
        facts[rebuilt.event.event_id] = _facts_or_none(wired, rebuilt.event)
    for event in events:
        now = facts[event.event_id]
        if event.event_id not in lost and now is not None and now.event != event:
            _bring_in_line(wired, event.event_id)
    return {event_id: known for event_id, known in facts.items() if known is not None}


def _bring_in_line(wired: Dependencies, event_id: str) -> None:
    """Give the gate the ledger's rules as they are now; who is changing them finishes first."""
    with wired.ledger.changing_rules():
        event = wired.ledger.event(event_id)
        if event is None:
            return
        try:
            wired.gate.configure(event)
        except ConflictError:  # a ledger that was set back: a person must say how many seats there are
            logger.exception("rules differ from the ledger's", extra={"event_id": event_id})
        else:
            logger.warning("rules brought in line with the ledger", extra={"event_id": event_id})


def _is_lost(event: Event, facts: EventFacts | None) -> bool:
    return facts is None or facts.event.epoch != event.epoch


def _facts_or_none(wired: Dependencies, event: Event) -> EventFacts | None:
    try:
        return wired.gate.facts(event.event_id)
    except GateLostError:
        return None
