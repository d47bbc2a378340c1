"""Keeps the gate's rules, registry and expiry times equal to the ledger's, and rebuilds lost gates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from aws_lambda_powertools import Logger

from eventrush.errors import ConflictError, EventrushError, LockHeldError
from eventrush.gate.gate import StoredEvent
from eventrush.models import Event, EventFacts, EventState
from eventrush.rebuild import current_events, rebuild
from reconcile.dependencies import Dependencies
from reconcile.progress import Failures

logger = Logger()

# Deviations of an expiry time that are left: keys live for days after an event.
_EXPIRY_TOLERANCE: Final = timedelta(minutes=5)


def active_events(deps: Dependencies) -> tuple[list[Event], dict[str, datetime | None]]:
    """Return the events whose retention period is not over, and when their keys expire (aware UTC; None means never).

    Writes the gate's registry where it differs.
    """
    now = datetime.now(UTC)
    retention = timedelta(days=deps.settings.retention_days)
    ends = deps.ledger.end_times()
    events = deps.ledger.list_events()
    retired = {event.event_id for event in events if (end := ends.get(event.event_id)) and end + retention < now}
    active = [event for event in events if event.event_id not in retired]
    deps.gate.replace_registry([event.event_id for event in active], retired)
    ends_of_active = ((event.event_id, ends.get(event.event_id)) for event in active)
    return active, {event_id: end + retention if end and end < now else None for event_id, end in ends_of_active}


def repair_gates(
    deps: Dependencies, events: Sequence[Event], expires_at: Mapping[str, datetime | None], failures: Failures
) -> dict[str, EventFacts]:
    """Set each gate's rules and expiry to the ledger's, and rebuild lost gates, those most asked for first.

    The expiry of an event that `expires_at` does not name is left. Returns the facts of the events that are not lost.
    """
    current = current_events(deps.gate, events)
    _set_expiry(deps, current, expires_at)
    for event in events:
        if event.event_id in current and current[event.event_id].facts.event != event:
            with failures.of(event.event_id):
                _configure(deps, event.event_id)
    lost = [event for event in events if event.event_id not in current]
    current |= current_events(deps.gate, _rebuild(deps, lost, failures))
    return {event_id: at.facts for event_id, at in current.items()}


def _set_expiry(
    deps: Dependencies, current: Mapping[str, StoredEvent], expires_at: Mapping[str, datetime | None]
) -> None:
    """Set when keys expire where the gate has another time.

    An operator who opens an event again removes its expiry; a pass that read the ledger before may have set it since.
    """
    now = datetime.now(UTC)
    deps.gate.set_expiry(
        {
            event_id: moment
            for event_id, moment in expires_at.items()
            if event_id in current and not _expires(current[event_id], moment - now if moment else None)
        }
    )


def _expires(stored: StoredEvent, after: timedelta | None) -> bool:
    """Return whether all keys of an event expire after this time, None for never."""
    if after is None or stored.shortest is None or stored.longest is None:
        return after is stored.longest is None
    return max(abs(stored.shortest - after), abs(stored.longest - after)) <= _EXPIRY_TOLERANCE


def _rebuild(deps: Dependencies, lost: Sequence[Event], failures: Failures) -> list[Event]:
    """Rebuild lost gates; returns the events under their new epochs."""
    if not lost:
        return []
    ordered = rebuild_order(lost, deps.gate.refusals([event.event_id for event in lost]), datetime.now(UTC))
    try:
        done, failed = rebuild(
            deps.gate,
            deps.ledger,
            deps.reader,
            ordered,
            timedelta(days=deps.settings.retention_days),
            only_lost=True,
            publish_deadline_s=deps.publish_deadline_s,
            sleep=deps.sleep,
        )
    except LockHeldError:  # an operator's; what it does not rebuild is asked for again
        logger.warning("another rebuild is in progress", extra={"events": len(ordered)})
        return []
    except EventrushError as exc:
        failures.require_servers()
        failures.add(ordered, exc)
        return []
    if failed:
        failures.require_servers()
    for event_id, error in failed.items():
        failures.add([event_id], error)
    for rebuilt in done:
        logger.warning(
            "gate rebuilt", extra={"eventId": rebuilt.event.event_id, "epoch": rebuilt.event.epoch, **rebuilt.figures()}
        )
    return [rebuilt.event for rebuilt in done]


def rebuild_order(events: Iterable[Event], refusals: Mapping[str, int], now: datetime) -> list[str]:
    """Order lost events: open ones by how many attempts were refused, then the soonest to open, then the others."""

    def rank(event: Event) -> tuple[int, float]:
        opens_at, closes_at = event.opens_at or now, event.closes_at
        if event.state is not EventState.OPEN or (closes_at and closes_at <= now):
            return (2, -refusals.get(event.event_id, 0))
        if opens_at > now:
            return (1, opens_at.timestamp())
        return (0, -refusals.get(event.event_id, 0))

    return [event.event_id for event in sorted(events, key=rank)]


def _configure(deps: Dependencies, event_id: str) -> None:
    """Set the gate's rules to the ledger's, once no change of rules is in progress."""
    with deps.ledger.rules_lock():
        event = deps.ledger.get_event(event_id)
        try:
            set_to = deps.gate.configure(event)
            if set_to != event:  # an opening cannot be moved to before the end of the wait
                deps.ledger.update_event(set_to)
        except ConflictError:  # the ledger was restored from a backup: an operator must set the capacity
            logger.exception("the gate has issued more seats than the ledger's capacity", extra={"eventId": event_id})
        else:
            logger.warning("the gate's rules were set to the ledger's", extra={"eventId": event_id})
