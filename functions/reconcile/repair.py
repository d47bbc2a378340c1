"""Keeps the gate's rules equal to the ledger's, and rebuilds lost gates."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from aws_lambda_powertools import Logger

from eventrush.errors import ConflictError, EventrushError
from eventrush.models import Event, EventFacts
from eventrush.rebuild import current_facts, rebuild
from reconcile.dependencies import Dependencies

logger = Logger()


def active_events(deps: Dependencies) -> list[Event]:
    """Return the events whose retention period is not over; write the gate's registry and when its keys expire."""
    now = datetime.now(UTC)
    retention = timedelta(days=deps.settings.retention_days)
    ends = deps.ledger.end_times()
    events = deps.ledger.list_events()
    retired = {event.event_id for event in events if (end := ends.get(event.event_id)) and end + retention < now}
    active = [event for event in events if event.event_id not in retired]
    deps.gate.replace_registry([event.event_id for event in active], retired)
    ends_of_active = ((event.event_id, ends.get(event.event_id)) for event in active)
    deps.gate.set_expiry({event_id: end + retention if end and end < now else None for event_id, end in ends_of_active})
    return active


def repair_gates(deps: Dependencies, events: Sequence[Event]) -> tuple[dict[str, EventFacts], EventrushError | None]:
    """Rebuild lost gates, and set the rules of the others to the ledger's.

    Returns the gate's facts of the events that are not lost, and the first error; the next pass retries a failed event.
    """
    facts = {event.event_id: current_facts(deps.gate, event) for event in events}
    lost = [event_id for event_id, now in facts.items() if now is None]
    errors: list[EventrushError] = []
    for event in events:
        now = facts[event.event_id]
        if now is not None and now.event != event:
            with _collecting_errors(errors):
                _configure(deps, event.event_id)
    with _collecting_errors(errors):
        for rebuilt in _rebuild(deps, lost):
            facts[rebuilt.event_id] = current_facts(deps.gate, rebuilt)
    held = {event_id: now for event_id, now in facts.items() if now is not None}
    return held, errors[0] if errors else None


@contextmanager
def _collecting_errors(errors: list[EventrushError]) -> Iterator[None]:
    """Log and collect an error, so that the pass continues with the other events."""
    try:
        yield
    except EventrushError as exc:
        logger.exception("a gate was not repaired; the next pass retries")
        errors.append(exc)


def _rebuild(deps: Dependencies, lost: Sequence[str]) -> Iterator[Event]:
    if not lost:
        return
    done, failed = rebuild(
        deps.gate,
        deps.ledger,
        deps.reader,
        lost,
        timedelta(days=deps.settings.retention_days),
        only_lost=True,
        publish_deadline_s=deps.publish_deadline_s,
        sleep=deps.sleep,
    )
    for rebuilt in done:
        logger.warning(
            "gate rebuilt", extra={"eventId": rebuilt.event.event_id, "epoch": rebuilt.event.epoch, **rebuilt.figures()}
        )
        yield rebuilt.event
    for error in failed.values():
        raise error


def _configure(deps: Dependencies, event_id: str) -> None:
    """Set the gate's rules to the ledger's, once no change of rules is in progress."""
    with deps.ledger.rules_lock():
        event = deps.ledger.get_event(event_id)
        try:
            deps.gate.configure(event)
        except ConflictError:  # the ledger was restored from a backup: an operator must set the capacity
            logger.exception("the gate has issued more seats than the ledger's capacity", extra={"eventId": event_id})
        else:
            logger.warning("the gate's rules were set to the ledger's", extra={"eventId": event_id})
