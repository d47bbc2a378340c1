"""What is promised: a seat is acknowledged, or held and known to be held, or nothing."""

from dataclasses import dataclass, replace

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


def test_a_winner_is_published_before_the_promise(gate: FakeGate, stream: FakePublisher) -> None:
    joined = join(gate, stream)
    assert (joined.outcome.verdict, joined.acknowledged) == (Verdict.SUCCESS, True)
    assert [joined.outcome.entry] == stream.published


@pytest.mark.parametrize("user_id", ["3", "6"], ids=["duplicate", "too late"])
def test_who_wins_nothing_is_not_published(gate: FakeGate, stream: FakePublisher, user_id: str) -> None:
    join(gate, stream, "3")
    join(gate, stream, "5")
    joined = join(gate, stream, user_id, "another attempt")
    assert joined.outcome.verdict in {Verdict.DUPLICATE, Verdict.LIMIT_EXCEEDED}
    assert joined.acknowledged
    assert len(stream.published) == 2


def test_the_same_attempt_of_a_pending_winner_is_published_again(gate: FakeGate, stream: FakePublisher) -> None:
    first, again = join(gate, stream), join(gate, stream)
    assert again == first
    assert stream.published == [first.outcome.entry] * 2


def test_the_same_attempt_of_a_confirmed_winner_is_not(gate: FakeGate, stream: FakePublisher) -> None:
    join(gate, stream)
    gate.confirm("default", ["3"])
    again = join(gate, stream)
    assert (again.outcome.verdict, again.outcome.pending, again.acknowledged) == (Verdict.SUCCESS, False, True)
    assert len(stream.published) == 1


def test_without_kafka_the_seat_is_held_and_said_to_be_pending(gate: FakeGate, stream: FakePublisher) -> None:
    stream.down = True
    joined = join(gate, stream)
    assert (joined.outcome.verdict, joined.acknowledged) == (Verdict.SUCCESS, False)
    assert gate.entry("default", "3") is not None


def test_where_replicas_must_hold_the_claim_and_do_not_nothing_is_promised_or_sent(
    gate: FakeGate, stream: FakePublisher
) -> None:
    """A primary that others have left would give seats that are theirs to give."""
    gate.durable = False
    assert join(gate, stream) == Joined(Outcome(Verdict.UNAVAILABLE), acknowledged=True)
    assert stream.published == []
    gate.durable = True
    again = join(gate, stream)
    assert (again.outcome.verdict, again.acknowledged) == (Verdict.SUCCESS, True)


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
def test_what_the_gate_says_is_passed_on(
    stream: FakePublisher, state: EventState, event_id: str, verdict: Verdict, *, lost: bool
) -> None:
    gate = FakeGate(lost=lost)
    gate.create(open_event(state=state))
    assert service.join(gate, stream, event_id, "3", "a").outcome.verdict is verdict
    assert stream.published == []


@dataclass
class SlowPublisher:
    """A Kafka that acknowledges after so long that the gate may have been rebuilt meanwhile."""

    gate: FakeGate
    clock: list[float]
    meanwhile: str

    acknowledges: bool = True

    def publish(self, entry: Entry) -> None:
        self.clock.append(self.clock[-1] + PUBLISH_DEADLINE_S + 0.001)
        match self.meanwhile:
            case "rebuilt without it":
                rebuilt = FakeGate()
                rebuilt.create(replace(open_event(capacity=2), epoch=entry.epoch + 1))
                rebuilt.claim("default", "another", "b")
                self.gate.__dict__.update(rebuilt.__dict__)
            case "another attempt":
                rebuilt = FakeGate()
                rebuilt.create(replace(open_event(), epoch=entry.epoch + 1))
                rebuilt.claim("default", entry.user_id, "b")
                self.gate.__dict__.update(rebuilt.__dict__)
            case "lost":
                self.gate.lost = True
            case "down":
                self.gate.down = True
            case "confirmed":
                self.gate.confirm("default", [entry.user_id])
        if not self.acknowledges:
            raise PublishError("Kafka did not acknowledge the entry in time.")


def slow_join(gate: FakeGate, meanwhile: str, *, acknowledges: bool = True) -> Joined:
    clock = [0.0]
    publisher = SlowPublisher(gate, clock, meanwhile, acknowledges)
    return service.join(gate, publisher, "default", "3", "a", clock=lambda: clock[-1])


def test_a_publication_that_took_too_long_is_asked_about_again(gate: FakeGate) -> None:
    joined = slow_join(gate, "nothing")
    assert (joined.outcome.verdict, joined.acknowledged, gate.asked) == (Verdict.SUCCESS, True, 2)


def test_a_seat_given_anew_while_the_publication_took_too_long_is_not_promised(gate: FakeGate) -> None:
    joined = slow_join(gate, "rebuilt without it")
    assert joined.outcome.entry is not None
    assert joined.outcome.entry.seat_no == 2, "the seat that the rebuilt gate gives, not the first"
    assert not joined.acknowledged, "Kafka has acknowledged the first"


@pytest.mark.parametrize("acknowledges", [True, False])
def test_who_won_by_another_attempt_meanwhile_hears_duplicate_and_nothing_of_kafka(
    gate: FakeGate, *, acknowledges: bool
) -> None:
    joined = slow_join(gate, "another attempt", acknowledges=acknowledges)
    assert (joined.outcome.verdict, joined.acknowledged) == (Verdict.DUPLICATE, True)


def test_a_seat_given_anew_is_not_promised_by_202_either(gate: FakeGate) -> None:
    joined = slow_join(gate, "lost", acknowledges=False)
    assert (joined.outcome.verdict, joined.outcome.entry) == (Verdict.GATE_LOST, None)


@pytest.mark.parametrize(("meanwhile", "verdict"), [("lost", Verdict.GATE_LOST), ("down", Verdict.UNAVAILABLE)])
def test_nothing_is_promised_where_asking_again_fails(gate: FakeGate, meanwhile: str, verdict: Verdict) -> None:
    joined = slow_join(gate, meanwhile)
    assert (joined.outcome.verdict, joined.outcome.entry) == (verdict, None)


def test_a_slow_winner_that_is_recorded_meanwhile_stays_a_winner(gate: FakeGate) -> None:
    joined = slow_join(gate, "confirmed")
    assert (joined.outcome.verdict, joined.acknowledged) == (Verdict.SUCCESS, True)
