"""One pass over every event: rules, overdue entries, books. Two passes at once, or half of one, are harmless."""

from collections.abc import Callable
from dataclasses import dataclass

from eventrush.books import Books, balance
from reconcile.overdue import Delivered, deliver
from reconcile.rules import living, sound_facts
from reconcile.wiring import Dependencies


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a pass found of one event; `delivered` is a sum over its batches."""

    event_id: str
    books: Books
    delivered: Delivered


def reconcile(wired: Dependencies, time_left: Callable[[], bool]) -> list[Reconciled]:
    """Reconcile every event that is not past its retention; take on nothing more when no time is left.

    Raises when the gate or the ledger is away, or the stream while a gate must be rebuilt; the next pass begins anew.
    """
    facts = sound_facts(wired, living(wired))
    delivered = deliver(wired, facts, time_left)
    done = []
    for event_id, of_event in facts.items():
        if not time_left():
            break
        done.append(Reconciled(event_id, balance(wired.gate, wired.ledger, of_event), delivered[event_id]))
    return done
