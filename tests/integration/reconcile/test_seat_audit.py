"""Every issued seat is recorded, pending, dead-lettered or free; a pass reports any other seat as missing."""

import json

import pytest

from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.settings import GateSettings
from reconcile import handler
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


def test_without_time_left_no_event_is_reconciled(env: Environment) -> None:
    env.new_event()
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
