"""Joins an event: claims a seat in the gate, then waits for the stream's acknowledgement."""

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from eventrush.errors import GateUnavailableError, PublishError
from eventrush.models import Entry, EntryStatus, EventFacts, Outcome, Verdict
from eventrush.settings import PUBLISH_DEADLINE_S


class Gate(Protocol):
    """What join needs of the gate."""

    def recall(self, event_id: str, user_id: str) -> Outcome | None:
        """Return the refusal that a claim would get now; None if the gate must be asked."""

    def claim(self, event_id: str, user_id: str, attempt_id: str) -> Outcome:
        """Claim a seat; repeating an attempt returns the same seat."""

    def entry(self, event_id: str, user_id: str) -> EntryStatus | None:
        """Return a user's entry."""

    def facts(self, event_id: str) -> EventFacts | None:
        """Return an event's rules and counters."""


class Publisher(Protocol):
    """What join needs of the stream."""

    def publish(self, entry: Entry) -> None:
        """Return when the broker has acknowledged this entry; raise `PublishError` when it has not in time."""


class Joined(NamedTuple):
    """The outcome, and whether the seat, if any, is known to be in the stream or the ledger."""

    outcome: Outcome
    acknowledged: bool


def join(  # noqa: PLR0913 each is a dependency or part of the attempt
    gate: Gate,
    publisher: Publisher,
    event_id: str,
    user_id: str,
    attempt_id: str,
    *,
    publish_deadline_s: float = PUBLISH_DEADLINE_S,
    clock: Callable[[], float] = time.monotonic,
) -> Joined:
    """Claim a seat and publish its entry.

    A repeated attempt publishes a pending entry again only if no record of it can be waiting in the stream.
    """
    if refusal := gate.recall(event_id, user_id):
        return Joined(refusal, acknowledged=True)
    sent_at = clock()
    outcome = _claim(gate, event_id, user_id, attempt_id)
    entry = outcome.entry
    if outcome.verdict is not Verdict.SUCCESS or entry is None or not outcome.must_publish:
        return Joined(outcome, acknowledged=outcome.verdict is not Verdict.SUCCESS or not outcome.pending)
    try:
        publisher.publish(entry)
        acknowledged = True
    except PublishError:
        acknowledged = False
    if clock() - sent_at > publish_deadline_s:
        # A rebuilt gate may have given the seat to another user; if it gives a different one, reconcile publishes it.
        outcome = _claim(gate, event_id, user_id, attempt_id)
        same = acknowledged and outcome.entry == entry
        acknowledged = same or outcome.verdict is not Verdict.SUCCESS or not outcome.pending
    return Joined(outcome, acknowledged)


def _claim(gate: Gate, event_id: str, user_id: str, attempt_id: str) -> Outcome:
    try:
        outcome = gate.claim(event_id, user_id, attempt_id)
    except GateUnavailableError:
        return Outcome(Verdict.UNAVAILABLE)
    # Too few replicas have the claim: this server may be a former primary that has been replaced.
    under_replicated = outcome.verdict is Verdict.SUCCESS and outcome.pending and not outcome.durable
    return Outcome(Verdict.UNAVAILABLE) if under_replicated else outcome
