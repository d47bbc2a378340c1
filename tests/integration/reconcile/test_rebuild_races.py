"""What others do while a gate is rebuilt is neither lost nor undone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from admin.service import Admin
from eventrush.errors import GateLostError, StreamUnavailableError
from eventrush.gate import codec
from eventrush.ledger.seats import Seats
from eventrush.models import Entry, EventState, Verdict
from eventrush.stream.reader import StreamReader
from tests.deliveries import delivery
from tests.integration.conftest import connected
from tests.integration.reconcile.conftest import World


def test_an_event_paused_during_a_rebuild_stays_paused(world: World) -> None:
    event = world.new_event()
    world.lose()
    admin = Admin(world.deps.gate, world.deps.ledger)

    def pause() -> None:
        with pytest.raises(GateLostError):
            admin.pause(event.event_id)

    world.meanwhile(pause).reconcile()
    assert world.claim(event, "a").verdict is Verdict.PAUSED
    assert admin.show(event.event_id).event.state is EventState.PAUSED


def test_a_row_recorded_after_the_rows_were_read_keeps_its_seat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that stood still between its look at the epochs and its transaction."""
    event = world.new_event(capacity=3)
    late, other = world.won(event, "late", "other")
    world.deps.publisher.publish_all([late, other])
    world.lose()
    entries = Seats.entries

    def and_record(account: Seats, event_id: str) -> Iterator[list[Entry]]:
        yield from entries(account, event_id)
        world.deps.ledger.batch.record([delivery(late)])

    monkeypatch.setattr(Seats, "entries", and_record)
    world.reconcile()
    assert [entry.seat_no for entry in world.won(event, "late", "other", "new")] == [1, 2, 3]


def test_the_dead_letter_of_a_former_owner_does_not_take_the_seat(world: World) -> None:
    event = world.new_event()
    (before,) = world.won(event, "before")
    world.lose()
    world.reconcile()
    (owner,) = world.won(event, "owner")
    assert owner.seat_no == before.seat_no
    world.deps.publisher.publish(before)
    world.persist()
    world.raw.hset(codec.event_keys(event.event_id).rules, "runId", "0" * 40)  # restarted with its file
    world.reconcile()
    assert [entry.seat_no for entry in world.won(event, "owner", "next")] == [1, 2]


def test_of_two_records_of_a_seat_the_newer_epoch_wins(world: World) -> None:
    event = world.new_event()
    (before,) = world.won(event, "before")
    world.lose()
    world.reconcile()
    (owner,) = world.won(event, "owner")
    world.deps.publisher.publish(before)
    world.deps.publisher.publish(owner)
    world.lose()
    world.reconcile()
    assert [entry.seat_no for entry in world.won(event, "owner", "next")] == [1, 2]


def test_an_event_cannot_be_created_during_a_rebuild(world: World) -> None:
    """Recorded, and seen by reconcile before the gate was opened."""
    event = world.new_event()
    world.lose()
    world.deps.gate.rebuild_session(event.event_id).freeze()
    assert not world.deps.gate.create(event)


def test_a_rebuild_cannot_reopen_after_another_has_started(world: World) -> None:
    event = world.new_event()
    first, second = (world.deps.gate.rebuild_session(event.event_id) for _ in range(2))
    first.freeze()
    second.freeze()
    with pytest.raises(GateLostError):
        first.reopen(event, 5, [1, 2, 3])
    for _ in range(2):
        second.reopen(replace(event, epoch=2), 2, [1])
        assert world.deps.gate.free_seats(event.event_id) == [1], "asked twice, it is done once"


def test_without_run_ids_a_server_emptied_during_a_rebuild_is_noticed(world: World) -> None:
    event = world.new_event()
    with connected({**world.environ, "GATE_IDENTITY": "blank"}) as gate:
        rebuild = gate.rebuild_session(event.event_id)
        rebuild.freeze()
        world.lose()
        with pytest.raises(GateLostError):
            rebuild.reopen(event, 0, [])


def test_a_gate_that_is_no_longer_lost_is_not_rebuilt(world: World) -> None:
    event = world.new_event()
    assert world.rebuild(event, only_lost=True) == []
    assert world.claim(event, "a").verdict is Verdict.SUCCESS


def test_a_gate_that_changes_during_its_rebuild_does_not_block_others(world: World) -> None:
    first, second = world.new_event(), world.new_event()
    world.lose()
    delayed = world.meanwhile(lambda: world.raw.delete(codec.event_keys(first.event_id).rules))
    with pytest.raises(GateLostError, match=f": {first.event_id}.$"):
        delayed.reconcile()
    assert world.claim(second, "a").verdict is Verdict.SUCCESS


def test_a_gate_that_cannot_be_rebuilt_does_not_block_other_events(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, sound = world.new_event(), world.new_event()
    world.won(sound, "a")
    world.age(sound)
    world.raw.delete(*codec.event_keys(lost.event_id))

    def nothing_told(_reader: StreamReader) -> None:
        raise StreamUnavailableError("Kafka does not answer.")

    monkeypatch.setattr(StreamReader, "spans", nothing_told)
    with pytest.raises(StreamUnavailableError):
        world.reconcile()
    monkeypatch.undo()
    assert len(world.published()) == 1


def test_a_rebuild_raises_the_epoch_above_the_gate_s(world: World) -> None:
    event = world.new_event()
    for _ in range(3):
        (rebuilt,) = world.rebuild(event)
    assert rebuilt.event.epoch == 4
    with world.deps.ledger.database.transaction() as cursor:
        cursor.execute("UPDATE event SET epoch = 1 WHERE event_id = %s", (event.event_id,))
    world.reconcile()
    facts = world.deps.gate.facts(event.event_id)
    assert facts is not None
    assert facts.event.epoch == 5
