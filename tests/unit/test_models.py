"""An event's phase follows from the operator's state, the gate's clock and the seats left."""

from datetime import UTC, datetime, timedelta

import pytest

from eventrush.models import Event, EventFacts, EventState, Phase

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def facts(event: Event, issued: int = 0, free: int = 0) -> EventFacts:
    return EventFacts(event, NOW, issued, free, pending=0)


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "state", "issued", "phase"),
    [
        (None, None, EventState.OPEN, 0, Phase.OPEN),
        (None, None, EventState.OPEN, 10, Phase.SOLD_OUT),
        (NOW, None, EventState.OPEN, 0, Phase.OPEN),
        (NOW + TICK, None, EventState.OPEN, 0, Phase.NOT_OPEN),
        (None, NOW + TICK, EventState.OPEN, 0, Phase.OPEN),
        (None, NOW, EventState.OPEN, 0, Phase.CLOSED),
        (None, NOW, EventState.OPEN, 10, Phase.CLOSED),
        (NOW + TICK, None, EventState.PAUSED, 0, Phase.PAUSED),
        (NOW + TICK, None, EventState.CLOSED, 0, Phase.CLOSED),
    ],
)
def test_the_phase_follows_from_state_times_and_seats(
    opens_at: datetime | None, closes_at: datetime | None, state: EventState, issued: int, phase: Phase
) -> None:
    assert facts(Event("e", "n", 10, opens_at, closes_at, state), issued).phase is phase


def test_free_seats_can_still_be_given() -> None:
    rebuilt = facts(Event("e", "n", 10), issued=10, free=2)
    assert (rebuilt.remaining, rebuilt.phase) == (2, Phase.OPEN)
