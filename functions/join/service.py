"""Joining: claim a seat at the gate, then have the stream acknowledge it before it is promised."""

import time
from dataclasses import dataclass
from typing import Protocol

from eventrush.entry import Entry
from eventrush.errors import GateUnavailableError, PublishError
from eventrush.gate import EventFacts, HeldEntry
from eventrush.promise import SHELF_LIFE_S
from eventrush.stream import Publisher
from eventrush.verdict import Outcome, Verdict


class Gate(Protocol):
    """What join needs of the gate."""

    def claim(self, event_id: str, user_id: str, attempt_id: str) -> Outcome:
        """Ask for a seat; the same attempt gets the same seat."""

    def entry(self, event_id: str, user_id: str) -> HeldEntry | None:
        """Tell what a user holds."""

    def facts(self, event_id: str) -> EventFacts | None:
        """Tell an event's rules and how far it is."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What is answered: the outcome, and whether the seat is known to be on its way to the ledger or in it."""

    outcome: Outcome
    acknowledged: bool


def join(gate: Gate, publisher: Publisher, event_id: str, user_id: str, attempt_id: str) -> Joined:
    """Claim a seat and publish it; a winner whose entry is still pending is published again, which is harmless."""
    asked_at = time.monotonic()
    outcome = _claim(gate, event_id, user_id, attempt_id)
    entry = outcome.entry
    if outcome.verdict is not Verdict.SUCCESS or entry is None or not outcome.pending:
        return Joined(outcome, acknowledged=True)
    acknowledged = _published(publisher, entry)
    if time.monotonic() - asked_at > SHELF_LIFE_S:
        # A gate rebuilt since may have given the seat to another; what it gives instead is reconcile's to send.
        outcome = _claim(gate, event_id, user_id, attempt_id)
        acknowledged = outcome.verdict is not Verdict.SUCCESS or (acknowledged and outcome.entry == entry)
    return Joined(outcome, acknowledged)


def _claim(gate: Gate, event_id: str, user_id: str, attempt_id: str) -> Outcome:
    try:
        outcome = gate.claim(event_id, user_id, attempt_id)
    except GateUnavailableError:
        return Outcome(Verdict.UNAVAILABLE)
    # A seat that replicas must hold and do not is no promise: this may be a primary that others have left.
    lonely = outcome.verdict is Verdict.SUCCESS and outcome.pending and not outcome.durable
    return Outcome(Verdict.UNAVAILABLE) if lonely else outcome


def _published(publisher: Publisher, entry: Entry) -> bool:
    try:
        publisher.publish(entry)
    except PublishError:
        return False
    return True
