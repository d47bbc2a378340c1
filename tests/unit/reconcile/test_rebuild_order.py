"""Lost events are rebuilt in the order in which people need them."""

from datetime import UTC, datetime, timedelta

from eventrush.models import Event, EventState
from reconcile.repair import rebuild_order

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_open_events_come_first_by_demand_then_the_soonest_to_open_then_the_rest() -> None:
    events = [
        Event("closed", "", 1, state=EventState.CLOSED),
        Event("over", "", 1, closes_at=NOW),
        Event("paused", "", 1, state=EventState.PAUSED),
        Event("tomorrow", "", 1, opens_at=NOW + 24 * HOUR),
        Event("soon", "", 1, opens_at=NOW + HOUR),
        Event("quiet", "", 1),
        Event("hot", "", 1, opens_at=NOW - HOUR, closes_at=NOW + HOUR),
        Event("warm", "", 1, opens_at=NOW),
    ]
    refusals = {"hot": 1000, "warm": 10, "paused": 5000, "soon": 3}
    ordered = rebuild_order(events, refusals, NOW)
    assert ordered == ["hot", "warm", "quiet", "soon", "tomorrow", "paused", "closed", "over"]
