"""Decides records of an older epoch: only the gate knows who owns their seats since its rebuild."""

from collections.abc import Sequence
from typing import Protocol

from eventrush.gate.gate import Reclaimed
from eventrush.ledger.dead_letters import DeadLetter, Reason
from eventrush.models import Delivery, Entry


class Gate(Protocol):
    """What deciding needs of the gate."""

    def reclaim(self, entries: Sequence[Entry]) -> Reclaimed:
        """Reclaim the seats of entries of one event and an older epoch."""


def reclaim(gate: Gate, deliveries: Sequence[Delivery]) -> tuple[list[Delivery], list[DeadLetter]]:
    """Decide deliveries of one event and an older epoch: rows where the user has the seat, dead letters elsewhere.

    Raises `GateLostError` while the gate is lost, and `GateUnavailableError` if it does not answer.
    """
    reply = gate.reclaim([delivery.entry for delivery in deliveries])
    rows: list[Delivery] = []
    dead: list[DeadLetter] = []
    for delivery, has_seat in zip(deliveries, reply.owned, strict=True):
        entry, record = delivery.entry, delivery.record
        if has_seat:
            rows.append(Delivery(entry, record, reply.epoch))
        else:
            detail = f"Since a rebuild, seat {entry.seat_no} has another user, or the user another seat."
            dead.append(DeadLetter(record, Reason.STALE_EPOCH, detail, entry, reply.epoch))
    return rows, dead
