"""One pass over the events: rules, overdue entries, audit. Concurrent and interrupted passes are harmless."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, Final

from eventrush.errors import EventrushError
from eventrush.models import EventFacts, Phase
from eventrush.seat_audit import SeatAudit, audit, audit_at_rest
from reconcile.dependencies import Dependencies
from reconcile.progress import Failures
from reconcile.redelivery import Redelivered, decide_parked, redeliver
from reconcile.repair import active_events, repair_gates

_GROUP: Final = 1000  # events that are redelivered together, by one reading of the stream's offsets, then audited


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The result of a pass for one event; `redelivered` is a sum over its batches.

    `changed`: more or fewer seats are issued than at the last pass.
    """

    event_id: str
    audit: SeatAudit
    redelivered: Redelivered
    changed: bool

    @property
    def active(self) -> bool:
        """Whether there is something to report."""
        audit = self.audit
        return bool(self.changed or audit.pending or audit.parked or audit.dead or audit.lost or self.redelivered.seen)

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
    """The result of a pass: of each event that was audited, and the error of each that was not reconciled.

    `watched` are the events about which to ask until the next pass: not closed, or with something pending. So are those
    that are created meanwhile: they are not `known`.
    """

    events: list[Reconciled]
    errors: dict[str, EventrushError]
    watched: list[str]
    known: set[str]

    @property
    def failure(self) -> EventrushError | None:
        """The first error."""
        return next(iter(self.errors.values()), None)


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What was redelivered between two passes, and the errors of events."""

    redelivered: dict[str, Redelivered]
    errors: dict[str, EventrushError]


def reconcile(deps: Dependencies, time_left: Callable[[], bool]) -> Pass:
    """Reconcile every event whose retention period is not over; start no more work when no time is left.

    Events at rest cost no query of their own. The others take turns: the next pass begins with those that this one did
    not reach. Raises when the gate or the ledger does not answer; the next pass starts over.
    """
    failures = Failures(deps.gate, deps.ledger)
    known = deps.ledger.event_ids()
    events, expires_at = active_events(deps)
    deps.progress.forget_all_but([event.event_id for event in events])
    facts_by_event = repair_gates(deps, events, expires_at, failures)
    settled = deps.ledger.seats.settled(list(facts_by_event))
    done: dict[str, Reconciled] = {}

    def report(event_id: str, seats: SeatAudit, redelivered: Redelivered) -> None:
        changed = deps.progress.note_issued(event_id, seats.issued, settled[event_id].seat_no)
        done[event_id] = Reconciled(event_id, seats, redelivered, changed)

    with_parked = deps.ledger.parked.event_ids()
    for event_id, facts in facts_by_event.items():
        seats = audit_at_rest(facts, settled[event_id])
        if seats and event_id not in with_parked:
            report(event_id, seats, Redelivered())
    moving = {event_id: facts for event_id, facts in facts_by_event.items() if event_id not in done}
    for group, redelivered in _deliver_in_turn(deps, moving, with_parked, time_left, failures):
        for event_id in group:
            if not time_left():
                break
            deps.progress.serve(event_id)
            with failures.of(event_id):
                seats = audit(deps.gate, deps.ledger, moving[event_id])
                report(event_id, seats, redelivered.get(event_id, Redelivered()))
    watched = [event.event_id for event in events if _is_watched(facts_by_event.get(event.event_id))]
    return Pass([done[event_id] for event_id in facts_by_event if event_id in done], failures.by_event, watched, known)


def due(deps: Dependencies, last: Pass, failed: Collection[str]) -> list[str] | None:
    """Return the events that cannot wait for the next pass: lost, failed before, pending or parked.

    None means all of them: the gate's server has changed.
    """
    if not deps.gate.has_registry():
        return None
    created = deps.ledger.event_ids() - last.known
    counts = deps.gate.pending_counts([*{*last.watched, *created, *failed}])
    others = deps.ledger.parked.event_ids().union(failed)
    return [event_id for event_id, pending in counts.items() if pending != 0 or event_id in others]


def catch_up(deps: Dependencies, event_ids: Sequence[str], time_left: Callable[[], bool]) -> CaughtUp:
    """Do for these events what cannot wait for the next pass: rebuild, decide, redeliver, but no audit.

    An audit reads everything that is pending, which an outage makes long; once in a pass is often enough.
    """
    failures = Failures(deps.gate, deps.ledger)
    facts_by_event = repair_gates(deps, deps.ledger.get_events(event_ids), {}, failures)
    with_parked = deps.ledger.parked.event_ids()
    done: dict[str, Redelivered] = {}
    for _group, redelivered in _deliver_in_turn(deps, facts_by_event, with_parked, time_left, failures):
        done |= redelivered
    return CaughtUp(done, failures.by_event)


def _deliver_in_turn(
    deps: Dependencies,
    facts_by_event: Mapping[str, EventFacts],
    with_parked: Collection[str],
    time_left: Callable[[], bool],
    failures: Failures,
) -> Iterator[tuple[Sequence[str], dict[str, Redelivered]]]:
    """Decide what is parked and redeliver, for one group of events after the other, in turn.

    Yields each group with what was redelivered.
    """
    kafka_answers = True
    for group in batched(deps.progress.in_turn(facts_by_event), _GROUP, strict=False):
        if not time_left():
            return
        for event_id in group:
            if event_id in with_parked:
                with failures.of(event_id):
                    decide_parked(deps, event_id, time_left)
        redelivered: dict[str, Redelivered] = {}
        if kafka_answers:
            pending = [event_id for event_id in group if facts_by_event[event_id].pending]
            redelivered = redeliver(deps, pending, time_left, errors_of=failures.of)
        for event_id, done in redelivered.items():
            kafka_answers = kafka_answers and not done.unacknowledged
            if done.seen:
                deps.progress.serve(event_id)
        yield group, redelivered


def _is_watched(facts: EventFacts | None) -> bool:
    return facts is None or facts.phase is not Phase.CLOSED or facts.pending > 0
