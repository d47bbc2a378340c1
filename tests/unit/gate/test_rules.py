"""Rules go to the gate as numbers and come back as they were."""

from datetime import UTC, datetime

import pytest

from eventrush.event import Event, EventState
from eventrush.gate import rules

OPENS = datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC)
CLOSES = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize("opens_at", [None, OPENS])
@pytest.mark.parametrize("closes_at", [None, CLOSES])
@pytest.mark.parametrize("state", EventState)
def test_rules_read_back(opens_at: datetime | None, closes_at: datetime | None, state: EventState) -> None:
    event = Event("default", "봄 이벤트", 100, opens_at, closes_at, state, epoch=4)
    fields = [str(argument).encode() for argument in (*rules.arguments(event), event.epoch)]
    assert rules.read("default", fields) == event


def test_no_opening_time_is_before_every_time_and_no_closing_time_after() -> None:
    _, _, opens_at, closes_at, _ = rules.arguments(Event("default", "n", 1))
    assert opens_at == 0
    assert closes_at > 7_258_118_400_000_000  # the year 2200
    assert closes_at == float(closes_at), "Lua holds it exactly"
