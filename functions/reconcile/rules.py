"""Keeps the gate's rules what the ledger says, and has a gate that lost an event rebuilt."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from aws_lambda_powertools import Logger

from eventrush.errors import ConflictError, EventrushError
from eventrush.event import Event
from eventrush.gate import EventFacts
from eventrush.rebuilding import held_facts, rebuild
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
    ends = ((event.event_id, ended.get(event.event_id)) for event in live)
    wired.gate.keep_until({event_id: end + keep if end and end < now else None for event_id, end in ends})
    return live


@dataclass(frozen=True, slots=True)
class Sound:
    """The gate's facts of the events it holds as the ledger does, and what first kept another from it."""

    facts: dict[str, EventFacts]
    failure: EventrushError | None


def make_sound(wired: Dependencies, events: Sequence[Event]) -> Sound:
    """Rebuild the gates that are lost, and bring the rules of the others in line with the ledger."""
    facts = {event.event_id: held_facts(wired.gate, event) for event in events}
    lost = [event_id for event_id, now in facts.items() if now is None]
    failures: list[EventrushError] = []
    for event in events:
        now = facts[event.event_id]
        if now is not None and now.event != event:
            with _noting(failures):
                _bring_in_line(wired, event.event_id)
    with _noting(failures):
        for rebuilt in rebuild(wired.gate, wired.ledger, wired.reader, lost, only_lost=True) if lost else ():
            logger.warning("gate rebuilt", extra=asdict(rebuilt))
            facts[rebuilt.event.event_id] = held_facts(wired.gate, rebuilt.event)
    return Sound({event_id: now for event_id, now in facts.items() if now is not None}, next(iter(failures), None))


@contextmanager
def _noting(failures: list[EventrushError]) -> Iterator[None]:
    """Leave what fails to the next pass, so that the other events go on."""
    try:
        yield
    except EventrushError as exc:
        logger.exception("left for the next pass")
        failures.append(exc)


def _bring_in_line(wired: Dependencies, event_id: str) -> None:
    """Give the gate the ledger's rules as they are now; who is changing them finishes first."""
    with wired.ledger.changing_rules():
        event = wired.ledger.existing(event_id)
        try:
            wired.gate.configure(event)
        except ConflictError:  # a ledger that was set back: a person must say how many seats there are
            logger.exception("rules differ from the ledger's", extra={"event_id": event_id})
        else:
            logger.warning("rules brought in line with the ledger", extra={"event_id": event_id})
