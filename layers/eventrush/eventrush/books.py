"""Conservation: every issued seat is recorded, pending or dead-lettered; one that is none of these is missing."""

from dataclasses import dataclass
from typing import Final

from eventrush.gate import EventFacts, Gate
from eventrush.ledger import Ledger

_FREE, _PENDING, _DEAD, _RECORDED = 1, 2, 4, 8
_SHOWN: Final = 1000


@dataclass(frozen=True, slots=True)
class Books:
    """What became of an event's issued seats, in numbers; `lost` are nowhere, `missing` names 1,000 of them at most.

    `recorded`, `pending` and `dead` may overlap: a recorded seat is pending until it is confirmed.
    """

    issued: int
    free: int
    recorded: int
    pending: int
    dead: int
    lost: int
    missing: list[int]


def balance(gate: Gate, ledger: Ledger, facts: EventFacts, *, whole: bool = False) -> Books:
    """Balance an event's books, and note in the ledger how far its seats are settled.

    Reads only what lies above the seats settled before, or with `whole` every row. The order of reading matters: what
    is issued, then what is pending, then the rows, so that a seat on its way from one to the next is seen.
    """
    event_id = facts.event.event_id
    mark = ledger.seats.mark(event_id)
    base = 0 if whole else min(mark.seat_no, facts.issued)
    states = bytearray(facts.issued - base)

    def note(seat_no: int, state: int) -> None:
        if base < seat_no <= facts.issued:
            states[seat_no - base - 1] |= state

    free = gate.free_seats(event_id)
    pending = 0
    late: set[int] = set()  # open seats that are on their way by now
    for seat_no in free:
        note(seat_no, _FREE)
    for seat_no in gate.pending_seats(event_id):
        pending += 1
        note(seat_no, _PENDING)
        if seat_no in mark.open:
            late.add(seat_no)
    dead = ledger.seats.dead(event_id)
    for seat_no in dead:
        note(seat_no, _DEAD)
    recorded = 0 if whole else base - len(mark.open)
    for seat_no in ledger.seats.recorded(event_id, after=base):
        recorded += 1
        note(seat_no, _RECORDED)

    missing = [base + 1 + index for index, state in enumerate(states) if state == 0]
    if not whole:
        given = {seat_no for seat_no in mark.open if seat_no <= facts.issued}  # a rebuild may have taken back the last
        nowhere = given - set(free) - dead.keys() - late
        if nowhere:  # or recorded since the mark was read
            missing += sorted(nowhere & ledger.seats.mark(event_id).open)
        in_flight = (index for index, state in enumerate(states) if state == _PENDING)
        settled = base + next(in_flight, len(states))
        opened = [base + 1 + index for index in range(settled - base) if not states[index] & _RECORDED]
        ledger.seats.move_mark(event_id, mark, settled, opened)
    return Books(facts.issued, len(free), recorded, pending, len(dead), len(missing), missing[:_SHOWN])
