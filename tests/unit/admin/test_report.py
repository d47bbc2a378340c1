"""A report is consistent only where nothing is lost, oversold or doubled."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from admin import serializers
from admin.service import Report
from eventrush.ledger.ledger import Totals
from eventrush.models import Event, EventFacts
from eventrush.seat_audit import SeatAudit

FACTS = EventFacts(Event("e", "n", 10), datetime(2026, 11, 22, 9, tzinfo=UTC), issued=10, free=0, pending=0)
AUDIT = SeatAudit(issued=10, free=0, recorded=10, pending=0, parked=0, dead=0, lost=0, missing=[])
TOTALS = Totals(entries=10, users=10, seats=10, min_seat=1, max_seat=10, dead=0)


def test_a_full_event_is_consistent() -> None:
    report = Report.of(FACTS, AUDIT, TOTALS)
    assert report.consistent
    assert (report.state, report.lost, report.oversold, report.doubled) == ("SOLD_OUT", 0, 0, 0)


@pytest.mark.parametrize(
    ("seats", "totals", "fault"),
    [
        (replace(AUDIT, lost=2, missing=[3, 4]), TOTALS, {"lost": 2}),
        (AUDIT, replace(TOTALS, entries=11, users=11, seats=11, max_seat=11), {"oversold": 1}),
        (AUDIT, replace(TOTALS, max_seat=12), {"oversold": 2}),
        (AUDIT, replace(TOTALS, users=9), {"doubled": 1}),
        (AUDIT, replace(TOTALS, seats=8), {"doubled": 2}),
    ],
)
def test_a_fault_is_counted(seats: SeatAudit, totals: Totals, fault: dict[str, int]) -> None:
    report = Report.of(FACTS, seats, totals)
    assert not report.consistent
    counted = {"lost": report.lost, "oversold": report.oversold, "doubled": report.doubled}
    assert counted == {"lost": 0, "oversold": 0, "doubled": 0} | fault


def test_its_json_is_camel_case() -> None:
    written = serializers.report(Report.of(FACTS, AUDIT, TOTALS))
    assert list(written) == [
        *("eventId", "name", "state", "capacity", "issued", "free", "pending", "recorded"),
        *("distinctUsers", "distinctSeats", "minSeat", "maxSeat", "dead", "parked", "missing"),
        *("lost", "oversold", "doubled", "consistent"),
    ]
    assert (written["recorded"], written["maxSeat"], written["missing"], written["consistent"]) == (10, 10, [], True)
