"""What others do while a gate is rebuilt is neither lost nor undone."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from admin.service import Admin
from eventrush import rebuilding
from eventrush.entry import Entry
from eventrush.errors import GateLostError, StreamUnavailableError
from eventrush.event import EventState
from eventrush.gate import keys
from eventrush.ledger.seats import SeatAccount
from eventrush.stream import StreamReader
from eventrush.verdict import Verdict
from tests.deliveries import delivery
from tests.integration.conftest import connected
from tests.integration.reconcile.conftest import World


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Act while a rebuild waits for who is late."""

    def sleep(_seconds: float) -> None:
        act()

    monkeypatch.setattr("eventrush.rebuilding.time.sleep", sleep)


def test_an_event_that_is_paused_meanwhile_comes_back_paused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    event = world.new_event()
    world.lose()
    admin = Admin(world.wired.gate, world.wired.ledger)

    def pause() -> None:
        with pytest.raises(GateLostError):
            admin.pause(event.event_id)

    meanwhile(monkeypatch, pause)
    world.reconcile()
    assert world.claim(event, "a").verdict is Verdict.PAUSED
    assert admin.show(event.event_id).event.state is EventState.PAUSED


def test_a_row_that_comes_after_the_rows_were_read_keeps_its_seat(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that stood still between its look at the epochs and its transaction."""
    event = world.new_event(capacity=3)
    late, other = world.won(event, "late", "other")
    world.wired.publisher.publish_all([late, other])
    world.lose()
    entries = SeatAccount.entries

    def and_record(account: SeatAccount, event_id: str) -> Iterator[list[Entry]]:
        yield from entries(account, event_id)
        world.wired.ledger.record([delivery(late)])

    monkeypatch.setattr(SeatAccount, "entries", and_record)
    world.reconcile()
    assert [entry.seat_no for entry in world.won(event, "late", "other", "new")] == [1, 2, 3]


def test_a_seat_given_anew_is_not_lost_to_the_dead_letter_of_whom_it_was_before(world: World) -> None:
    event = world.new_event()
    (before,) = world.won(event, "before")
    world.lose()
    world.reconcile()
    (owner,) = world.won(event, "owner")
    assert owner.seat_no == before.seat_no
    world.wired.publisher.publish(before)
    world.persist()
    world.raw.hset(keys.of_event(event.event_id).rules, "runId", "0" * 40)  # restarted with its file
    world.reconcile()
    assert [entry.seat_no for entry in world.won(event, "owner", "next")] == [1, 2]


def test_of_two_records_for_a_seat_the_newer_epoch_s_has_it(world: World) -> None:
    event = world.new_event()
    (before,) = world.won(event, "before")
    world.lose()
    world.reconcile()
    (owner,) = world.won(event, "owner")
    world.wired.publisher.publish(before)
    world.wired.publisher.publish(owner)
    world.lose()
    world.reconcile()
    assert [entry.seat_no for entry in world.won(event, "owner", "next")] == [1, 2]


def test_an_event_is_not_opened_while_it_is_rebuilt(world: World) -> None:
    """Recorded, and seen by reconcile before the gate was opened."""
    event = world.new_event()
    world.lose()
    world.wired.gate.rebuild(event.event_id).shut()
    assert not world.wired.gate.create(event)


def test_a_rebuild_that_another_has_begun_after_does_not_reopen(world: World) -> None:
    event = world.new_event()
    first, second = (world.wired.gate.rebuild(event.event_id) for _ in range(2))
    first.shut()
    second.shut()
    with pytest.raises(GateLostError):
        first.reopen(event, 5, [1, 2, 3])
    for _ in range(2):
        second.reopen(replace(event, epoch=2), 2, [1])
        assert world.wired.gate.free_seats(event.event_id) == [1], "asked twice, it is done once"


def test_a_server_that_was_emptied_during_the_rebuild_is_told_though_it_hides_its_name(world: World) -> None:
    event = world.new_event()
    with connected({**world.environ, "GATE_IDENTITY": "blank"}) as gate:
        rebuild = gate.rebuild(event.event_id)
        rebuild.shut()
        world.lose()
        with pytest.raises(GateLostError):
            rebuild.reopen(event, 0, [])


def test_what_another_has_rebuilt_is_left_open(world: World) -> None:
    event = world.new_event()
    done = rebuilding.rebuild(
        world.wired.gate, world.wired.ledger, world.wired.reader, [event.event_id], only_lost=True
    )
    assert done == []
    assert world.claim(event, "a").verdict is Verdict.SUCCESS


def test_one_gate_that_changes_keeps_no_other_shut(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = world.new_event(), world.new_event()
    world.lose()
    meanwhile(monkeypatch, lambda: world.raw.delete(keys.of_event(first.event_id).rules))
    with pytest.raises(GateLostError, match=f": {first.event_id}.$"):
        world.reconcile()
    assert world.claim(second, "a").verdict is Verdict.SUCCESS


def test_a_gate_that_cannot_be_rebuilt_holds_up_no_other_event(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lost, sound = world.new_event(), world.new_event()
    world.won(sound, "a")
    world.age(sound)
    world.raw.delete(*keys.of_event(lost.event_id).all)

    def nothing_told(_reader: StreamReader) -> None:
        raise StreamUnavailableError("Kafka does not answer.")

    monkeypatch.setattr(StreamReader, "spans", nothing_told)
    with pytest.raises(StreamUnavailableError):
        world.reconcile()
    monkeypatch.undo()
    assert len(world.published()) == 1


def test_the_epochs_of_a_ledger_that_was_set_back_go_on_from_the_gate_s(world: World) -> None:
    event = world.new_event()
    for _ in range(3):
        rebuilt = Admin(world.wired.gate, world.wired.ledger).rebuild(event.event_id, world.wired.reader)
    assert rebuilt.event.epoch == 4
    with world.wired.ledger.database.transaction() as cursor:
        cursor.execute("UPDATE event SET epoch = 1 WHERE event_id = %s", (event.event_id,))
    world.reconcile()
    facts = world.wired.gate.facts(event.event_id)
    assert facts is not None
    assert facts.event.epoch == 5
