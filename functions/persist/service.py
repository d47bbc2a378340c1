"""Persisting: decode, ask the gate about older epochs, record in one transaction, confirm at the gate."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

from aws_lambda_powertools import Logger

from eventrush.errors import GateLostError, GateUnavailableError, MalformedRecordError
from eventrush.ledger.batch import BatchResult
from eventrush.ledger.dead_letters import DeadLetter, Reason
from eventrush.models import Delivery, Entry, StreamRecord
from eventrush.stream.message import decode

logger = Logger()


class Gate(Protocol):
    """What persist needs of the gate."""

    def confirm(self, event_id: str, user_ids: Sequence[str]) -> int:
        """Remove recorded entries from pending."""

    def reclaim(self, entries: Sequence[Entry]) -> list[bool]:
        """Return for each entry of an older epoch whether its seat is its own."""


class Ledger(Protocol):
    """What persist needs of the ledger."""

    def epochs(self, event_ids: AbstractSet[str]) -> dict[str, int]:
        """Return the current epoch of each event that exists."""

    def record(self, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter] = ()) -> BatchResult:
        """Record a batch in one transaction; repeating it is harmless."""


class Persisted(NamedTuple):
    """What became of a batch, and the records that cannot be decided until their gate is rebuilt."""

    result: BatchResult
    undecided: Sequence[StreamRecord]


def persist(gate: Gate, ledger: Ledger, records: Iterable[StreamRecord]) -> Persisted:
    """Make rows of what can be an entry, dead letters of the rest; raises `LedgerError`, nothing is recorded then."""
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
    undecided: list[StreamRecord] = []
    if stale:
        own, disowned, undecided = _reclaim(gate, stale)
        current += own
        dead += disowned
    result = ledger.record(current, dead)
    _confirm(gate, result.settled)
    return Persisted(result, undecided)


def _reclaim(gate: Gate, stale: Sequence[Delivery]) -> tuple[list[Delivery], list[DeadLetter], list[StreamRecord]]:
    """Ask the gate about entries of an older epoch: a seat that it has given again since is no longer theirs."""
    own: list[Delivery] = []
    dead: list[DeadLetter] = []
    undecided: list[StreamRecord] = []
    for of_event in _by_event(stale):
        try:
            is_own = gate.reclaim([delivery.entry for delivery in of_event])
        except (GateLostError, GateUnavailableError):
            undecided += [delivery.record for delivery in of_event]
            continue
        for delivery, keeps_seat in zip(of_event, is_own, strict=True):
            if keeps_seat:
                own.append(delivery)
            else:
                detail = f"Seat {delivery.entry.seat_no} is another's since a rebuild, or its user has another."
                dead.append(DeadLetter(delivery.record, Reason.STALE_EPOCH, detail, delivery.entry))
    return own, dead, undecided


def _confirm(gate: Gate, settled: Sequence[Delivery]) -> None:
    """Confirm at the gate; best effort, because reconcile confirms what is left pending."""
    for of_event in _by_event(settled):
        try:
            gate.confirm(of_event[0].entry.event_id, [delivery.entry.user_id for delivery in of_event])
        except GateUnavailableError as exc:
            logger.warning("recorded entries stay pending: the gate does not answer", exc_info=exc)
            return


def _by_event(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    event_id = attrgetter("entry.event_id")
    return [list(group) for _, group in groupby(sorted(deliveries, key=event_id), key=event_id)]
