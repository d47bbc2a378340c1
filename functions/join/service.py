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
    try:
        publisher.publish(entry)
    except PublishError:
        # The gate alone holds the seat now; where it must be on replicas and is not, nothing may be promised.
        outcome = outcome if outcome.durable else Outcome(Verdict.UNAVAILABLE)
        return Joined(outcome, acknowledged=False)
    if time.monotonic() - asked_at > SHELF_LIFE_S:
        return _renewed(gate, entry, attempt_id)
    return Joined(outcome, acknowledged=True)


def _claim(gate: Gate, event_id: str, user_id: str, attempt_id: str) -> Outcome:
    try:
        return gate.claim(event_id, user_id, attempt_id)
    except GateUnavailableError:
        return Outcome(Verdict.UNAVAILABLE)


def _renewed(gate: Gate, entry: Entry, attempt_id: str) -> Joined:
    """Ask again for a seat that took too long to publish: a gate rebuilt since may have given it to another.

    What Kafka has acknowledged is the first entry; another that the gate gives now is reconcile's to deliver.
    """
    again = _claim(gate, entry.event_id, entry.user_id, attempt_id)
    return Joined(again, acknowledged=again.entry == entry)
