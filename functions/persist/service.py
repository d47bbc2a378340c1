"""Persisting: decode, ask the gate about an older epoch, record in one transaction, confirm at the gate."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from aws_lambda_powertools import Logger

from eventrush.entry import Entry
from eventrush.errors import GateLostError, GateUnavailableError, MalformedRecordError
from eventrush.ledger import BatchResult
from eventrush.record import DeadLetter, Delivery, Reason, StreamRecord
from eventrush.stream.message import decode

logger = Logger()


class Gate(Protocol):
    """What persist needs of the gate."""

    def confirm(self, event_id: str, user_ids: Sequence[str]) -> int:
        """Take recorded entries off pending."""

    def adopt(self, entries: Sequence[Entry]) -> list[bool]:
        """Tell of each entry of an older epoch whether its seat is its own."""


class Ledger(Protocol):
    """What persist needs of the ledger."""

    def epochs(self, event_ids: AbstractSet[str]) -> dict[str, int]:
        """Tell the current epoch of each event that exists."""

    def record(self, deliveries: Sequence[Delivery], dead: Sequence[DeadLetter] = ()) -> BatchResult:
        """Record a batch whole; repeating it is harmless."""


@dataclass(frozen=True, slots=True)
class Persisted:
    """What became of a batch, and the records nobody can decide about until the gate is rebuilt."""

    result: BatchResult
    undecided: Sequence[StreamRecord]


def persist(gate: Gate, ledger: Ledger, records: Iterable[StreamRecord]) -> Persisted:
    """Make rows of what can be an entry and dead letters of the rest. Raises `LedgerError`; nothing is done then."""
    deliveries, dead = _decoded(records)
    current, stale_dead, undecided = _settle_stale(gate, ledger, deliveries)
    result = ledger.record(current, [*dead, *stale_dead])
    _confirm(gate, result.settled)
    return Persisted(result, undecided)


def _decoded(records: Iterable[StreamRecord]) -> tuple[list[Delivery], list[DeadLetter]]:
    deliveries: list[Delivery] = []
    dead: list[DeadLetter] = []
    for record in records:
        try:
            deliveries.append(Delivery(decode(record.value, record.headers), record))
        except MalformedRecordError as exc:
            dead.append(DeadLetter(record, Reason.MALFORMED, str(exc)))
    return deliveries, dead


def _settle_stale(
    gate: Gate, ledger: Ledger, deliveries: Sequence[Delivery]
) -> tuple[list[Delivery], list[DeadLetter], list[StreamRecord]]:
    """Ask the gate about entries of an epoch that is over: a seat it has given anew since is no longer theirs."""
    epochs = ledger.epochs({delivery.entry.event_id for delivery in deliveries})
    current: list[Delivery] = []
    stale: list[Delivery] = []
    for delivery in deliveries:
        over = delivery.entry.epoch < epochs.get(delivery.entry.event_id, 0)
        (stale if over else current).append(delivery)
    dead: list[DeadLetter] = []
    undecided: list[StreamRecord] = []
    for _, group in groupby(sorted(stale, key=_event_id), key=_event_id):
        of_event = list(group)
        try:
            own = gate.adopt([delivery.entry for delivery in of_event])
        except (GateLostError, GateUnavailableError):
            undecided += [delivery.record for delivery in of_event]
            continue
        for delivery, is_own in zip(of_event, own, strict=True):
            if is_own:
                current.append(delivery)
            else:
                detail = f"Seat {delivery.entry.seat_no} is another's since a rebuild, or its user has another."
                dead.append(DeadLetter(delivery.record, Reason.STALE_EPOCH, detail, delivery.entry))
    return current, dead, undecided


def _confirm(gate: Gate, settled: Sequence[Delivery]) -> None:
    """Best effort: the ledger is what counts, and reconcile confirms what is left pending."""
    for event_id, group in groupby(sorted(settled, key=_event_id), key=_event_id):
        try:
            gate.confirm(event_id, [delivery.entry.user_id for delivery in group])
        except GateUnavailableError as exc:
            logger.warning("recorded entries stay pending: the gate does not answer", exc_info=exc)
            return


def _event_id(delivery: Delivery) -> str:
    return delivery.entry.event_id
