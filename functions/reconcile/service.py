"""One pass over every event: rules, overdue entries, books. Two passes at once, or half of one, are harmless."""

from collections.abc import Callable
from dataclasses import dataclass

from eventrush.books import Books, balance
from eventrush.errors import EventrushError
from reconcile.overdue import Delivered, deliver
from reconcile.rules import living, make_sound
from reconcile.wiring import Dependencies


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a pass found of one event; `delivered` is a sum over its batches."""

    event_id: str
    books: Books
    delivered: Delivered


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass found, event by event, and what kept a gate from being made sound, where something did."""

    events: list[Reconciled]
    failure: EventrushError | None


def reconcile(wired: Dependencies, time_left: Callable[[], bool]) -> Pass:
    """Reconcile every event that is not past its retention; take on nothing more when no time is left.

    Raises when the gate or the ledger is away; the next pass begins anew.
    """
    sound = make_sound(wired, living(wired))
    delivered = deliver(wired, sound.facts, time_left)
    done = []
    for event_id, facts in sound.facts.items():
        if not time_left():
            break
        done.append(Reconciled(event_id, balance(wired.gate, wired.ledger, facts), delivered[event_id]))
    return Pass(done, sound.failure)
