"""Every issued seat is recorded, pending or dead; one that is none of them is an alarm, every time."""

import json

import pytest

from eventrush.gate import codec
from eventrush.gate.gate import Gate
from reconcile import handler
from tests.integration.reconcile.conftest import World


def test_the_audit_counts_every_seat(world: World) -> None:
    event = world.new_event(capacity=5)
    world.deps.publisher.publish_all(world.won(event, "a", "b"))
    world.persist()
    world.won(event, "c")
    books = world.reconcile()[event.event_id].audit
    assert (books.issued, books.recorded, books.pending, books.dead, books.missing) == (3, 2, 1, 0, [])


def test_a_missing_seat_is_reported_until_it_is_recorded(world: World) -> None:
    event = world.new_event(capacity=5)
    lost, kept = world.won(event, "lost", "kept")
    world.raw.zrem(codec.event_keys(event.event_id).pending, "lost")
    world.deps.publisher.publish(kept)
    world.persist()
    for _ in range(3):
        assert world.reconcile()[event.event_id].audit.missing == [1]
    world.deps.publisher.publish(lost)
    world.persist()
    assert world.reconcile()[event.event_id].audit.missing == []


def test_settled_rows_are_not_read_again(world: World) -> None:
    event = world.new_event(capacity=100)
    world.deps.publisher.publish_all(world.won(event, *(f"u{number}" for number in range(50))))
    world.persist()
    assert world.reconcile()[event.event_id].audit.recorded == 50
    mark = world.deps.ledger.seats.watermark(event.event_id)
    assert (mark.seat_no, mark.open) == (50, frozenset())
    assert list(world.deps.ledger.seats.recorded(event.event_id, after=mark.seat_no)) == []
    assert world.reconcile()[event.event_id].audit.recorded == 50, "counted by the mark"


def test_the_watermark_stops_at_a_seat_in_flight(world: World) -> None:
    event = world.new_event()
    first, second, third = world.won(event, "a", "b", "c")
    world.deps.publisher.publish_all([first, third])
    world.persist()
    world.reconcile()
    assert world.deps.ledger.seats.watermark(event.event_id).seat_no == 1
    world.deps.publisher.publish(second)
    world.persist()
    assert world.reconcile()[event.event_id].audit.recorded == 3
    assert world.deps.ledger.seats.watermark(event.event_id).seat_no == 3


def test_figures_are_metrics_with_the_event_as_dimension(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    event = world.new_event()
    world.won(event, "lost")
    world.raw.delete(codec.event_keys(event.event_id).pending)
    answer = handler.handle(world.deps, lambda: True)
    (figures,) = answer["events"]
    assert (figures["eventId"], figures["missing"]) == (event.event_id, [1])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    (metrics,) = [line for line in lines if "_aws" in line]
    assert metrics["event"] == event.event_id
    assert {name: metrics[name] for name in ("Issued", "Pending", "MissingSeats")} == {
        "Issued": [1.0],
        "Pending": [0.0],
        "MissingSeats": [1.0],
    }


def test_without_time_left_no_event_is_reconciled(world: World) -> None:
    world.new_event()
    assert world.reconcile(lambda: False) == {}


def test_a_seat_recorded_during_the_audit_is_not_missing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    event = world.new_event(capacity=2)
    _, last = world.won(event, "never published", "published")
    world.deps.publisher.publish(last)
    world.persist()
    world.lose()
    world.reconcile()
    world.reconcile()
    assert world.deps.ledger.seats.watermark(event.event_id).open == {1}, "given back by the rebuild, and settled so"
    (late,) = world.won(event, "late")
    world.deps.publisher.publish(late)
    free_seats = Gate.free_seats

    def and_persist(gate: Gate, event_id: str) -> list[int]:
        world.persist()
        return free_seats(gate, event_id)

    monkeypatch.setattr(Gate, "free_seats", and_persist)
    assert world.reconcile()[event.event_id].audit.missing == []
