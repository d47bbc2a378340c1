"""One pass over every event: rules, overdue entries, audit. Concurrent and interrupted passes are harmless."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eventrush.errors import EventrushError
from eventrush.seat_audit import SeatAudit, audit
from reconcile import parked
from reconcile.dependencies import Dependencies
from reconcile.redelivery import Redelivered, redeliver
from reconcile.repair import active_events, repair_gates


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The result of a pass for one event; `redelivered` is a sum over its batches."""

    event_id: str
    audit: SeatAudit
    redelivered: Redelivered

    def figures(self) -> dict[str, Any]:
        """Return the figures as JSON has them."""
        audit, redelivered = self.audit, self.redelivered
        return {
            "eventId": self.event_id,
            "issued": audit.issued,
            "free": audit.free,
            "recorded": audit.recorded,
            "pending": audit.pending,
            "parked": audit.parked,
            "dead": audit.dead,
            "lost": audit.lost,
            "missing": audit.missing,
            "confirmed": redelivered.confirmed,
            "republished": redelivered.republished,
            "unacknowledged": redelivered.unacknowledged,
            "waiting": redelivered.waiting,
            "late": redelivered.late,
            "oldestPendingS": redelivered.oldest_s,
        }


@dataclass(frozen=True, slots=True)
class Pass:
    """The result of a pass for each event, and the first error of a gate that could not be repaired."""

    events: list[Reconciled]
    failure: EventrushError | None


def reconcile(deps: Dependencies, time_left: Callable[[], bool]) -> Pass:
    """Reconcile every event whose retention period is not over; start no more work when no time is left.

    Raises when the gate or the ledger does not answer; the next pass starts over.
    """
    facts_by_event, failure = repair_gates(deps, active_events(deps))
    parked.decide(deps, deps.ledger.parked.event_ids() & facts_by_event.keys(), time_left)
    redelivered = redeliver(deps, facts_by_event, time_left)
    done = []
    for event_id, facts in facts_by_event.items():
        if not time_left():
            break
        done.append(Reconciled(event_id, audit(deps.gate, deps.ledger, facts), redelivered[event_id]))
    return Pass(done, failure)
