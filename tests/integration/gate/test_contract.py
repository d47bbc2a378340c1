"""The behaviour of every gate, the fake and the real one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from eventrush.errors import ConflictError, GateLostError
from eventrush.gate.gate import Gate
from eventrush.models import Entry, Event, EventFacts, EventState, Outcome, Verdict
from tests.fakes.gate import FakeGate
from tests.integration.conftest import new_id

type AnyGate = Gate | FakeGate


@pytest.fixture(params=["fake", "real"])
def gate(request: pytest.FixtureRequest) -> AnyGate:
    gate: AnyGate = FakeGate() if request.param == "fake" else request.getfixturevalue("real_gate")
    return gate


@pytest.fixture
def event(gate: AnyGate) -> Event:
    """Return an event of three seats."""
    event = Event(new_id(), "봄 이벤트", 3)
    assert gate.create(event)
    gate.replace_registry([event.event_id])
    return event


def facts(gate: AnyGate, event: Event) -> EventFacts:
    facts = gate.facts(event.event_id)
    assert facts is not None
    return facts


def entry(outcome: Outcome) -> Entry:
    assert outcome.entry is not None
    return outcome.entry


def server_time(gate: AnyGate, event: Event) -> datetime:
    return facts(gate, event).server_time


def test_seats_are_given_in_order_up_to_the_capacity(gate: AnyGate, event: Event) -> None:
    outcomes = [gate.claim(event.event_id, user_id, "a") for user_id in "wxyz"]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.SUCCESS] * 3 + [Verdict.LIMIT_EXCEEDED]
    assert [entry(outcome).seat_no for outcome in outcomes[:3]] == [1, 2, 3]


def test_a_winner_s_entry_has_every_field(gate: AnyGate, event: Event) -> None:
    outcome = gate.claim(event.event_id, "w", "attempt:1")
    winner = entry(outcome)
    assert winner == Entry(event.event_id, "w", 1, winner.request_time, event.epoch, "attempt:1")
    assert abs(winner.request_time - server_time(gate, event)) < timedelta(seconds=5)
    assert outcome.pending
    assert outcome.durable


def test_a_repeated_attempt_gets_the_same_outcome(gate: AnyGate, event: Event) -> None:
    first = gate.claim(event.event_id, "w", "a")
    assert first.must_publish
    assert gate.claim(event.event_id, "w", "a") == first._replace(must_publish=False)


def test_a_repeated_attempt_publishes_what_cannot_be_waiting_in_the_stream(gate: AnyGate, event: Event) -> None:
    gate.claim(event.event_id, "w", "a")
    sent = server_time(gate, event)
    assert gate.take_overdue(event.event_id, sent - timedelta(seconds=60), 10).entries == []
    assert not gate.claim(event.event_id, "w", "a").must_publish, "sent after the oldest record that waits"
    later = sent + timedelta(seconds=60)
    (taken,) = gate.take_overdue(event.event_id, later, 10).entries
    assert (taken.user_id, taken.seat_no) == ("w", 1)
    assert not gate.claim(event.event_id, "w", "b").must_publish, "another attempt sends nothing"
    assert gate.claim(event.event_id, "w", "a").must_publish, "sent before the moment: the fake clocks are one"


def test_another_attempt_is_a_duplicate_with_the_first_entry(gate: AnyGate, event: Event) -> None:
    first = entry(gate.claim(event.event_id, "w", "a"))
    second = gate.claim(event.event_id, "w", "b")
    assert second.verdict is Verdict.DUPLICATE
    assert (entry(second).seat_no, entry(second).request_time) == (first.seat_no, first.request_time)


def test_a_loser_s_retry_is_not_a_duplicate(gate: AnyGate, event: Event) -> None:
    for user_id in "wxy":
        gate.claim(event.event_id, user_id, "a")
    verdicts = [gate.claim(event.event_id, "z", attempt).verdict for attempt in ("a", "a", "b")]
    assert verdicts == [Verdict.LIMIT_EXCEEDED] * 3


def test_an_entry_is_pending_until_it_is_confirmed(gate: AnyGate, event: Event) -> None:
    gate.claim(event.event_id, "w", "a")
    assert facts(gate, event).pending == 1
    assert gate.confirm(event.event_id, ["w", "nobody"]) == 1
    assert gate.confirm(event.event_id, ["w"]) == 0
    status = gate.entry(event.event_id, "w")
    assert status is not None
    assert (status.entry.seat_no, status.pending) == (1, False)
    assert not gate.claim(event.event_id, "w", "a").pending
    assert facts(gate, event).pending == 0


def test_a_user_without_a_seat_has_no_entry(gate: AnyGate, event: Event) -> None:
    assert gate.entry(event.event_id, "nobody") is None


def test_an_event_refuses_claims_before_it_opens(gate: AnyGate, event: Event) -> None:
    gate.configure(replace(event, opens_at=server_time(gate, event) + timedelta(seconds=100)))
    outcome = gate.claim(event.event_id, "w", "a")
    assert (outcome.verdict, outcome.entry) == (Verdict.NOT_OPEN, None)
    assert 95 < outcome.changes_in_s <= 100


def test_an_opening_that_has_not_come_is_moved_to_now_at_the_earliest(gate: AnyGate, event: Event) -> None:
    """Changes do not wait here; where they do, it is the end of the wait."""
    now = server_time(gate, event)
    to_come = replace(event, opens_at=now + timedelta(seconds=100))
    assert gate.configure(to_come) == to_come
    assert gate.configure(replace(to_come, state=EventState.PAUSED)).opens_at == to_come.opens_at
    for opens_at in (None, now - timedelta(days=1)):
        gate.configure(to_come)
        set_to = gate.configure(replace(event, opens_at=opens_at))
        assert set_to.opens_at
        assert now <= set_to.opens_at <= server_time(gate, event)
        assert facts(gate, event).event == set_to
        assert gate.configure(event) == event, "one that has come may go"


@pytest.mark.parametrize("state", [EventState.CLOSED, EventState.PAUSED])
def test_a_closed_or_paused_event_refuses_claims(gate: AnyGate, event: Event, state: EventState) -> None:
    gate.configure(replace(event, state=state))
    assert gate.claim(event.event_id, "w", "a").verdict.name == state.name
    gate.configure(event)
    assert gate.claim(event.event_id, "w", "a").verdict is Verdict.SUCCESS


def test_after_closing_only_winners_get_their_seats(gate: AnyGate, event: Event) -> None:
    outcome = gate.claim(event.event_id, "w", "a")
    gate.configure(replace(event, closes_at=server_time(gate, event)))
    assert gate.claim(event.event_id, "x", "a").verdict is Verdict.CLOSED
    assert gate.claim(event.event_id, "w", "a") == outcome._replace(must_publish=False)
    assert gate.claim(event.event_id, "w", "b").verdict is Verdict.DUPLICATE


def test_an_event_that_does_not_exist_is_unknown(gate: AnyGate) -> None:
    gate.replace_registry([])
    event_id = new_id()
    assert gate.claim(event_id, "w", "a").verdict is Verdict.UNKNOWN_EVENT
    assert gate.facts(event_id) is None
    assert gate.entry(event_id, "w") is None
    assert gate.confirm(event_id, ["w"]) == 0


def test_changed_rules_are_returned(gate: AnyGate, event: Event) -> None:
    opens = server_time(gate, event) + timedelta(microseconds=1)
    changed = replace(event, name="가을", capacity=7, opens_at=opens, closes_at=opens + timedelta(days=1))
    gate.configure(changed)
    assert facts(gate, event).event == changed


def test_an_event_is_created_once(gate: AnyGate, event: Event) -> None:
    gate.claim(event.event_id, "w", "a")
    assert not gate.create(event)
    assert facts(gate, event).issued == 1


def test_capacity_cannot_fall_below_the_issued_seats(gate: AnyGate, event: Event) -> None:
    for user_id in "wx":
        gate.claim(event.event_id, user_id, "a")
    with pytest.raises(ConflictError):
        gate.configure(replace(event, capacity=1))
    gate.configure(replace(event, capacity=2))
    assert gate.claim(event.event_id, "y", "a").verdict is Verdict.LIMIT_EXCEEDED
    gate.configure(replace(event, capacity=3))
    assert gate.claim(event.event_id, "y", "a").verdict is Verdict.SUCCESS


def test_rules_of_an_unknown_event_cannot_be_changed(gate: AnyGate, event: Event) -> None:
    with pytest.raises(GateLostError):
        gate.configure(replace(event, event_id=new_id()))


def stale(event: Event, user_id: str, seat_no: int, moment: datetime) -> Entry:
    return Entry(event.event_id, user_id, seat_no, moment, 0, f"old-{user_id}")


def test_an_old_entry_reclaims_its_free_seat(gate: AnyGate, event: Event) -> None:
    moment = server_time(gate, event)
    assert gate.reclaim([stale(event, "w", 2, moment)]).owned == [True]
    status = gate.entry(event.event_id, "w")
    assert status is not None
    assert (status.entry.seat_no, status.entry.request_time, status.pending) == (2, moment, True)
    assert (facts(gate, event).issued, facts(gate, event).free) == (2, 1)
    seats = [entry(gate.claim(event.event_id, user_id, "a")).seat_no for user_id in "xy"]
    assert sorted(seats) == [1, 3], "the skipped seat is given, and no seat twice"
    assert gate.claim(event.event_id, "z", "a").verdict is Verdict.LIMIT_EXCEEDED


def test_an_old_entry_cannot_reclaim_a_taken_or_nonexistent_seat(gate: AnyGate, event: Event) -> None:
    moment = server_time(gate, event)
    gate.claim(event.event_id, "w", "a")
    entries = [stale(event, "x", 1, moment), stale(event, "y", 4, moment), stale(event, "w", 2, moment)]
    assert gate.reclaim(entries).owned == [False, False, False]
    assert facts(gate, event).issued == 1


def test_reclaiming_a_recorded_seat_again_succeeds(gate: AnyGate, event: Event) -> None:
    moment = server_time(gate, event)
    gate.reclaim([stale(event, "w", 1, moment)])
    gate.confirm(event.event_id, ["w"])
    assert gate.reclaim([stale(event, "w", 1, moment)]).owned == [True]
    assert facts(gate, event).pending == 0, "a recorded entry does not become pending again"


def test_the_first_of_two_old_entries_reclaims_the_seat(gate: AnyGate, event: Event) -> None:
    moment = server_time(gate, event)
    assert gate.reclaim([stale(event, "w", 2, moment), stale(event, "x", 2, moment)]).owned == [True, False]
