"""One pass over every event: rules, overdue entries, audit. Concurrent passes, and interrupted ones, are harmless."""

from collections.abc import Callable
from dataclasses import dataclass

from eventrush.errors import EventrushError
from eventrush.seat_audit import SeatAudit, audit
from reconcile.dependencies import Dependencies
from reconcile.redelivery import Redelivered, redeliver
from reconcile.repair import active_events, repair_gates


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a pass found of one event; `redelivered` is a sum over its batches."""

    event_id: str
    audit: SeatAudit
    redelivered: Redelivered


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass found, event by event, and the first error that kept a gate from being repaired."""

    events: list[Reconciled]
    failure: EventrushError | None


def reconcile(deps: Dependencies, time_left: Callable[[], bool]) -> Pass:
    """Reconcile every event that is not past its retention; start nothing more when no time is left.

    Raises when the gate or the ledger does not answer; the next pass starts over.
    """
    facts_by_event, failure = repair_gates(deps, active_events(deps))
    redelivered = redeliver(deps, facts_by_event, time_left)
    done = []
    for event_id, facts in facts_by_event.items():
        if not time_left():
            break
        done.append(Reconciled(event_id, audit(deps.gate, deps.ledger, facts), redelivered[event_id]))
    return Pass(done, failure)
