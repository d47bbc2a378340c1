"""Every issued seat is recorded, pending, dead-lettered or free; a pass reports any other seat as missing."""

import json

import pytest

from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.settings import GateSettings
from reconcile import handler
from reconcile.progress import Progress
from tests.deliveries import delivery
from tests.integration.reconcile.conftest import Environment


def test_the_audit_counts_every_seat(env: Environment) -> None:
    event = env.new_event(capacity=5)
    env.deps.publisher.publish_all(env.winners(event, "a", "b"))
    env.persist()
    env.winners(event, "c")
    audit = env.reconcile()[event.event_id].audit
    assert (audit.issued, audit.recorded, audit.pending, audit.dead, audit.missing) == (3, 2, 1, 0, [])


def test_a_missing_seat_is_reported_until_it_is_recorded(env: Environment) -> None:
    event = env.new_event(capacity=5)
    lost, kept = env.winners(event, "lost", "kept")
    env.raw.zrem(codec.event_keys(event.event_id).pending, "lost")
    env.deps.publisher.publish(kept)
    env.persist()
    for _ in range(3):
        assert env.reconcile()[event.event_id].audit.missing == [1]
    env.deps.publisher.publish(lost)
    env.persist()
    assert env.reconcile()[event.event_id].audit.missing == []


def test_settled_rows_are_not_read_again(env: Environment) -> None:
    event = env.new_event(capacity=100)
    env.deps.publisher.publish_all(env.winners(event, *(f"u{number}" for number in range(50))))
    env.persist()
    assert env.reconcile()[event.event_id].audit.recorded == 50
    watermark = env.deps.ledger.seats.watermark(event.event_id)
    assert (watermark.seat_no, watermark.open) == (50, frozenset())
    assert list(env.deps.ledger.seats.recorded(event.event_id, after=watermark.seat_no)) == []
    assert env.reconcile()[event.event_id].audit.recorded == 50, "counted by the watermark"


def test_the_watermark_stops_at_a_seat_in_flight(env: Environment) -> None:
    event = env.new_event()
    first, second, third = env.winners(event, "a", "b", "c")
    env.deps.publisher.publish_all([first, third])
    env.persist()
    env.reconcile()
    assert env.deps.ledger.seats.watermark(event.event_id).seat_no == 1
    env.deps.publisher.publish(second)
    env.persist()
    assert env.reconcile()[event.event_id].audit.recorded == 3
    assert env.deps.ledger.seats.watermark(event.event_id).seat_no == 3


def test_figures_are_metrics_with_the_event_as_dimension(env: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    event = env.new_event()
    env.winners(event, "lost")
    env.raw.delete(codec.event_keys(event.event_id).pending)
    (figures,) = handler.handle(env.deps, lambda: True)["events"]
    assert (figures["eventId"], figures["missing"]) == (event.event_id, [1])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    (metrics,) = [line for line in lines if "_aws" in line]
    assert metrics["event"] == event.event_id
    assert {name: metrics[name] for name in ("Issued", "Pending", "MissingSeats")} == {
        "Issued": [1.0],
        "Pending": [0.0],
        "MissingSeats": [1.0],
    }


def test_figures_are_reported_of_events_with_activity_only(
    env: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    env.new_event()
    sold, pending = env.new_event(capacity=1), env.new_event()
    env.deps.publisher.publish_all(env.winners(sold, "a"))
    env.persist()
    env.winners(pending, "b")

    def reported() -> set[str]:
        figures = {event["eventId"] for event in handler.handle(env.deps, lambda: True)["events"]}
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
        assert {line["event"] for line in lines if "_aws" in line} == figures
        return figures

    assert reported() == {sold.event_id, pending.event_id}
    assert reported() == {pending.event_id}, "nothing was issued since"
    assert handler.handle(env.deps, lambda: True)["audited"] == 3


def test_events_at_rest_are_audited_without_reading_their_seats(env: Environment) -> None:
    sold, empty = env.new_event(capacity=2), env.new_event()
    env.deps.publisher.publish_all(env.winners(sold, "a", "b"))
    env.persist()
    env.reconcile()
    with env.unreadable_seats():
        audits = env.reconcile()
    assert (audits[sold.event_id].audit.issued, audits[sold.event_id].audit.recorded) == (2, 2)
    assert (audits[empty.event_id].audit.issued, audits[empty.event_id].audit.missing) == (0, [])


def test_what_is_parked_of_an_event_at_rest_is_decided(env: Environment) -> None:
    """As a second record of an entry that is recorded already."""
    event = env.new_event()
    (entry,) = env.winners(event, "a")
    env.deps.publisher.publish(entry)
    env.persist()
    env.reconcile()
    env.deps.ledger.batch.record([], parked=[delivery(entry)])
    env.reconcile()
    assert env.deps.ledger.parked.event_ids() == set()


def test_a_seat_that_goes_missing_at_rest_is_reported_at_this_pass_and_every_later_one(env: Environment) -> None:
    """Also in a new environment, which remembers nothing."""
    event = env.new_event()
    env.deps.publisher.publish_all(env.winners(event, "a"))
    env.persist()
    for _ in range(2):
        assert env.reconcile()[event.event_id].audit.missing == []
    env.winners(event, "lost")
    env.raw.zrem(codec.event_keys(event.event_id).pending, "lost")
    for _ in range(3):
        assert env.reconcile()[event.event_id].audit.missing == [2]
    assert env.with_deps(progress=Progress()).reconcile()[event.event_id].audit.missing == [2]


def test_a_free_seat_that_is_given_and_lost_is_missing(env: Environment) -> None:
    """Its number is below the watermark, and the number of issued seats does not change."""
    event = env.new_event(capacity=2)
    _, last = env.winners(event, "never published", "published")
    env.deps.publisher.publish(last)
    env.persist()
    env.empty_gate()
    for _ in range(2):
        assert env.reconcile()[event.event_id].audit.missing == []
    assert env.seats(event, "lost") == [1]
    env.raw.zrem(codec.event_keys(event.event_id).pending, "lost")
    for _ in range(2):
        assert env.reconcile()[event.event_id].audit.missing == [1]


def test_without_time_left_no_event_is_redelivered_or_read(env: Environment) -> None:
    env.winners(env.new_event(), "a")
    assert env.reconcile(lambda: False) == {}


class InterruptedGate(Gate):
    """Persists every record before it returns the free seats."""

    env: Environment

    def free_seats(self, event_id: str) -> list[int]:
        self.env.persist()
        return super().free_seats(event_id)


def test_a_seat_recorded_during_the_audit_is_not_missing(env: Environment) -> None:
    event = env.new_event(capacity=2)
    _, last = env.winners(event, "never published", "published")
    env.deps.publisher.publish(last)
    env.persist()
    env.empty_gate()
    env.reconcile()
    env.reconcile()
    assert env.deps.ledger.seats.watermark(event.event_id).open == {1}, "free since the rebuild, and settled as open"
    (late,) = env.winners(event, "late")
    env.deps.publisher.publish(late)
    gate = InterruptedGate.connect(GateSettings.from_env(env.environ))
    gate.env = env
    assert env.with_deps(gate=gate).reconcile()[event.event_id].audit.missing == []
    gate.close()
