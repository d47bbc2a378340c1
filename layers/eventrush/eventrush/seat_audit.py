"""Audits seats: every issued seat is recorded, pending, parked, dead-lettered or free; any other seat is missing."""

from dataclasses import dataclass
from typing import Final

from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.ledger.seats import Settled
from eventrush.models import EventFacts

_FREE, _PENDING, _PARKED, _DEAD, _RECORDED = 1, 2, 4, 8, 16
_IN_FLIGHT: Final = {_PENDING, _PARKED, _PENDING | _PARKED}
_MAX_LISTED: Final = 1000


@dataclass(frozen=True, slots=True)
class SeatAudit:
    """The states of an event's issued seats; `lost` counts those that have none, `missing` lists at most 1,000 of them.

    `recorded`, `pending`, `parked` and `dead` may overlap: a recorded seat is pending until it is confirmed.
    """

    issued: int
    free: int
    recorded: int
    pending: int
    parked: int
    dead: int
    lost: int
    missing: list[int]


def audit_at_rest(facts: EventFacts, settled: Settled) -> SeatAudit | None:
    """Audit an event without reading its seats: possible if every issued seat is known to have a row, else None.

    `settled` must be read after `facts`. A seat that is missing is issued and not settled, or it is settled as an open
    seat; in both cases the seats must be read, at this pass and at every later one.
    """
    if facts.pending or facts.free or not settled.clean or settled.seat_no != facts.issued:
        return None
    return SeatAudit(facts.issued, free=0, recorded=facts.issued, pending=0, parked=0, dead=0, lost=0, missing=[])


def audit(gate: Gate, ledger: Ledger, facts: EventFacts, *, whole: bool = False) -> SeatAudit:
    """Audit an event's seats, and move the ledger's watermark up to the first seat in flight.

    Reads only the rows above the watermark, or with `whole` every row. The order of reading matters: issued, then
    pending, then what is parked, dead letters and rows, so that a seat that moves from one to the next is seen.
    """
    event_id = facts.event.event_id
    watermark = ledger.seats.watermark(event_id)
    base = 0 if whole else min(watermark.seat_no, facts.issued)
    states = bytearray(facts.issued - base)

    def mark(seat_no: int, state: int) -> None:
        if base < seat_no <= facts.issued:
            states[seat_no - base - 1] |= state

    free = gate.free_seats(event_id)
    pending = 0
    in_flight_below: set[int] = set()  # open seats below the watermark that are pending again
    for seat_no in gate.pending_seats(event_id):
        pending += 1
        mark(seat_no, _PENDING)
        if seat_no in watermark.open:
            in_flight_below.add(seat_no)
    parked = set(ledger.parked.seats(event_id))
    dead = ledger.dead_letters.seats(event_id)
    for seat_nos, state in ((free, _FREE), (parked, _PARKED), (dead, _DEAD)):
        for seat_no in seat_nos:
            mark(seat_no, state)
    recorded = 0 if whole else base - len(watermark.open)
    for seat_no in ledger.seats.recorded(event_id, after=base):
        recorded += 1
        mark(seat_no, _RECORDED)

    missing = [base + 1 + index for index, state in enumerate(states) if state == 0]
    if not whole:
        given = {seat_no for seat_no in watermark.open if seat_no <= facts.issued}  # a rebuild may lower `issued`
        nowhere = given - set(free) - parked - dead - in_flight_below
        if nowhere:  # they may have been recorded since the watermark was read
            missing += sorted(nowhere & ledger.seats.watermark(event_id).open)
        in_flight = (index for index, state in enumerate(states) if state in _IN_FLIGHT)
        settled = base + next(in_flight, len(states))
        opened = [base + 1 + index for index in range(settled - base) if not states[index] & _RECORDED]
        ledger.seats.move_watermark(event_id, watermark, settled, opened)
    listed = missing[:_MAX_LISTED]
    return SeatAudit(facts.issued, len(free), recorded, pending, len(parked), len(dead), len(missing), listed)
