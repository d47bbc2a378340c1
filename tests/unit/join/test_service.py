"""A join returns a seat only if the gate holds it, and reports whether Kafka has acknowledged it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from eventrush.errors import PublishError
from eventrush.models import Entry, EventState, Outcome, Verdict
from eventrush.settings import PUBLISH_DEADLINE_S
from join import service
from join.service import Joined
from tests.fakes.gate import FakeGate, open_event
from tests.fakes.publisher import FakePublisher


@pytest.fixture
def gate() -> FakeGate:
    gate = FakeGate()
    gate.create(open_event(capacity=2))
    return gate


@pytest.fixture
def stream() -> FakePublisher:
    return FakePublisher()


def join(gate: FakeGate, stream: FakePublisher, user_id: str = "3", attempt_id: str = "a") -> Joined:
    return service.join(gate, stream, "default", user_id, attempt_id)


def test_a_winner_is_published(gate: FakeGate, stream: FakePublisher) -> None:
    joined = join(gate, stream)
    assert (joined.outcome.verdict, joined.acknowledged) == (Verdict.SUCCESS, True)
    assert [joined.outcome.entry] == stream.published


@pytest.mark.parametrize("user_id", ["3", "6"], ids=["duplicate", "too late"])
def test_a_loser_is_not_published(gate: FakeGate, stream: FakePublisher, user_id: str) -> None:
    join(gate, stream, "3")
    join(gate, stream, "5")
    joined = join(gate, stream, user_id, "another attempt")
    assert joined.outcome.verdict in {Verdict.DUPLICATE, Verdict.LIMIT_EXCEEDED}
    assert joined.acknowledged
    assert len(stream.published) == 2


def test_a_retry_of_a_pending_winner_publishes_only_what_cannot_be_waiting(
    gate: FakeGate, stream: FakePublisher
) -> None:
    first, second = join(gate, stream), join(gate, stream)
    assert (second.outcome.entry, second.acknowledged) == (first.outcome.entry, False)
    assert len(stream.published) == 1
    gate.take_overdue("default", gate.now + timedelta(seconds=1), limit=0)
    third = join(gate, stream)
    assert (third.outcome.entry, third.acknowledged) == (first.outcome.entry, True)
    assert len(stream.published) == 2


def test_a_retry_of_a_confirmed_winner_is_not_published_again(gate: FakeGate, stream: FakePublisher) -> None:
    join(gate, stream)
    gate.confirm("default", ["3"])
    retried = join(gate, stream)
    assert (retried.outcome.verdict, retried.outcome.pending, retried.acknowledged) == (Verdict.SUCCESS, False, True)
    assert len(stream.published) == 1


def test_without_kafka_the_gate_holds_the_seat_and_the_entry_is_pending(gate: FakeGate, stream: FakePublisher) -> None:
    stream.down = True
    joined = join(gate, stream)
    assert (joined.outcome.verdict, joined.acknowledged) == (Verdict.SUCCESS, False)
    assert gate.entry("default", "3") is not None


def test_a_claim_without_enough_replicas_is_unavailable_and_not_published(
    gate: FakeGate, stream: FakePublisher
) -> None:
    """A former primary would give seats that the new primary gives too."""
    gate.durable = False
    assert join(gate, stream) == Joined(Outcome(Verdict.UNAVAILABLE), acknowledged=True)
    assert stream.published == []
    gate.durable = True
    retried = join(gate, stream)
    assert (retried.outcome.verdict, retried.acknowledged) == (Verdict.SUCCESS, False)
    assert stream.published == [], "reconcile will send it: this gate may be the former primary"


def test_a_gate_that_does_not_answer_is_a_verdict_not_an_error(gate: FakeGate, stream: FakePublisher) -> None:
    gate.down = True
    assert join(gate, stream).outcome.verdict is Verdict.UNAVAILABLE
    assert stream.published == []


@pytest.mark.parametrize(
    ("lost", "state", "event_id", "verdict"),
    [
        (True, EventState.OPEN, "default", Verdict.GATE_LOST),
        (False, EventState.PAUSED, "default", Verdict.PAUSED),
        (False, EventState.CLOSED, "default", Verdict.CLOSED),
        (False, EventState.OPEN, "no-such-event", Verdict.UNKNOWN_EVENT),
    ],
)
def test_other_verdicts_of_the_gate_are_returned(
    stream: FakePublisher, state: EventState, event_id: str, verdict: Verdict, *, lost: bool
) -> None:
    gate = FakeGate(lost=lost)
    gate.create(open_event(state=state))
    assert service.join(gate, stream, event_id, "3", "a").outcome.verdict is verdict
    assert stream.published == []


type Change = Callable[[FakeGate, Entry], object]


@dataclass
class SlowPublisher:
    """Takes longer than the publish deadline, while the gate changes; `now` is its clock (seconds)."""

    gate: FakeGate
    change: Change
    acknowledges: bool
    now: float = 0.0

    def publish(self, entry: Entry) -> None:
        self.now += PUBLISH_DEADLINE_S + 0.001
        self.change(self.gate, entry)
        if not self.acknowledges:
            raise PublishError("Kafka did not acknowledge the entry in time.")


def slow_join(gate: FakeGate, change: Change, *, acknowledges: bool = True) -> Joined:
    publisher = SlowPublisher(gate, change, acknowledges)
    return service.join(gate, publisher, "default", "3", "a", clock=lambda: publisher.now)


def rebuilt_for(user_id: str) -> Change:
    """Return a rebuild that does not find the entry, after which this user claims the first seat."""

    def rebuild(gate: FakeGate, entry: Entry) -> None:
        gate.clear()
        gate.create(replace(open_event(capacity=2), epoch=entry.epoch + 1))
        gate.claim("default", user_id, "another attempt")

    return rebuild


def nothing(_gate: FakeGate, _entry: Entry) -> None:
    pass


def lose(gate: FakeGate, _entry: Entry) -> None:
    gate.lost = True


def stop(gate: FakeGate, _entry: Entry) -> None:
    gate.down = True


def confirm(gate: FakeGate, entry: Entry) -> None:
    gate.confirm("default", [entry.user_id])


def test_after_the_publish_deadline_the_gate_is_asked_again(gate: FakeGate) -> None:
    joined = slow_join(gate, nothing)
    assert (joined.outcome.verdict, joined.acknowledged, gate.claims) == (Verdict.SUCCESS, True, 2)


def test_a_seat_changed_by_a_rebuild_during_publishing_is_not_acknowledged(gate: FakeGate) -> None:
    joined = slow_join(gate, rebuilt_for("another user"))
    assert joined.outcome.entry is not None
    assert joined.outcome.entry.seat_no == 2, "the seat that the rebuilt gate gives, not the first"
    assert not joined.acknowledged, "Kafka acknowledged the first seat"


def test_an_entry_that_is_recorded_during_publishing_needs_no_acknowledgement(gate: FakeGate) -> None:
    """A 202 would say PENDING of an entry that is CONFIRMED."""
    joined = slow_join(gate, lambda gate, entry: gate.confirm(entry.event_id, [entry.user_id]), acknowledges=False)
    assert (joined.outcome.verdict, joined.outcome.pending, joined.acknowledged) == (Verdict.SUCCESS, False, True)


@pytest.mark.parametrize("acknowledges", [True, False])
def test_another_attempt_that_won_during_publishing_makes_this_one_a_duplicate(
    gate: FakeGate, *, acknowledges: bool
) -> None:
    joined = slow_join(gate, rebuilt_for("3"), acknowledges=acknowledges)
    assert (joined.outcome.verdict, joined.acknowledged) == (Verdict.DUPLICATE, True)


def test_a_gate_lost_during_publishing_gives_no_202(gate: FakeGate) -> None:
    joined = slow_join(gate, lose, acknowledges=False)
    assert (joined.outcome.verdict, joined.outcome.entry) == (Verdict.GATE_LOST, None)


@pytest.mark.parametrize(("change", "verdict"), [(lose, Verdict.GATE_LOST), (stop, Verdict.UNAVAILABLE)])
def test_a_gate_that_fails_during_publishing_promises_no_seat(gate: FakeGate, change: Change, verdict: Verdict) -> None:
    joined = slow_join(gate, change)
    assert (joined.outcome.verdict, joined.outcome.entry) == (verdict, None)


def test_a_winner_that_is_recorded_during_publishing_stays_a_winner(gate: FakeGate) -> None:
    joined = slow_join(gate, confirm)
    assert (joined.outcome.verdict, joined.acknowledged) == (Verdict.SUCCESS, True)
