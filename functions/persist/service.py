"""Persists a batch: decode, reclaim seats of older epochs, record in one transaction, confirm in the gate."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from aws_lambda_powertools import Logger

from eventrush.errors import GateLostError, GateUnavailableError, MalformedRecordError
from eventrush.gate.gate import Reclaimed
from eventrush.ledger.batch import BatchResult, decided
from eventrush.ledger.dead_letters import DeadLetter, Reason
from eventrush.models import Delivery, Entry, StreamRecord
from eventrush.stream.message import decode

logger = Logger()


class Gate(Protocol):
    """What persist needs of the gate."""

    def confirm(self, event_id: str, user_ids: Sequence[str]) -> int:
        """Remove recorded entries from pending."""

    def reclaim(self, entries: Sequence[Entry]) -> Reclaimed:
        """Reclaim the seats of entries of one event and an older epoch."""


class Ledger(Protocol):
    """What persist needs of the ledger."""

    def epochs(self, event_ids: AbstractSet[str]) -> dict[str, int]:
        """Return the current epoch of each event that exists."""

    def record(
        self, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter] = (), parked: Sequence[Delivery] = ()
    ) -> BatchResult:
        """Record a batch in one transaction; repeating it is harmless."""


def persist(gate: Gate, ledger: Ledger, records: Iterable[StreamRecord]) -> BatchResult:
    """Record valid entries as rows, invalid records as dead letters, and park what only a lost gate could decide.

    Raises `LedgerError`, and then records nothing.
    """
    deliveries: list[Delivery] = []
    dead: list[DeadLetter] = []
    for record in records:
        try:
            deliveries.append(Delivery(decode(record.value, record.headers), record))
        except MalformedRecordError as exc:
            dead.append(DeadLetter(record, Reason.MALFORMED, str(exc)))
    epochs = ledger.epochs({delivery.entry.event_id for delivery in deliveries})
    current: list[Delivery] = []
    stale: list[Delivery] = []
    for delivery in deliveries:
        older = delivery.entry.epoch < epochs.get(delivery.entry.event_id, 0)
        (stale if older else current).append(delivery)
    reclaimed, refused, parked = _reclaim(gate, stale)
    result = ledger.record([*current, *reclaimed], [*dead, *refused], parked)
    _confirm(gate, result.settled)
    return result


def _reclaim(gate: Gate, stale: Sequence[Delivery]) -> tuple[list[Delivery], list[DeadLetter], list[Delivery]]:
    """Decide deliveries of an older epoch: rows, dead letters, and what is parked because the gate cannot tell now."""
    rows: list[Delivery] = []
    dead: list[DeadLetter] = []
    parked: list[Delivery] = []
    gate_answers = True  # asked once for each event of a batch, a gate that does not answer would take minutes
    for of_event in _by_event(stale):
        try:
            reclaimed = gate.reclaim([delivery.entry for delivery in of_event]) if gate_answers else None
        except GateLostError:
            reclaimed = None
        except GateUnavailableError:
            reclaimed, gate_answers = None, False
        if reclaimed:
            owned, refused = decided(of_event, reclaimed.epoch, reclaimed.owned)
            rows += owned
            dead += refused
        else:
            parked += of_event
    return rows, dead, parked


def _confirm(gate: Gate, settled: Sequence[Delivery]) -> None:
    """Confirm entries in the gate; if it does not answer, reconcile confirms them later."""
    for of_event in _by_event(settled):
        try:
            gate.confirm(of_event[0].entry.event_id, [delivery.entry.user_id for delivery in of_event])
        except GateUnavailableError as exc:
            logger.warning("the gate does not answer: recorded entries stay pending", exc_info=exc)
            return


def _by_event(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    event_id = attrgetter("entry.event_id")
    return [list(group) for _, group in groupby(sorted(deliveries, key=event_id), key=event_id)]
