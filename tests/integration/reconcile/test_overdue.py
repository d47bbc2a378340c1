"""What was promised and has not arrived is delivered again; what has is confirmed; the rest is left alone."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from eventrush import stream as streams
from eventrush.settings import StreamSettings
from eventrush.stream import decode
from local.servers.ports import free_port
from tests.integration.reconcile.conftest import World


def users(world: World) -> Counter[str]:
    return Counter(decode(record.value, record.headers).user_id for record in world.published())


def test_a_seat_that_never_reached_the_stream_is_published_as_it_was_given(world: World) -> None:
    event = world.new_event()
    entries = world.won(event, "a", "b")
    world.age(event)
    delivered = world.reconcile()[event.event_id].delivered
    assert (delivered.republished, delivered.confirmed, delivered.unacknowledged) == (2, 0, 0)
    assert delivered.oldest_s < 60, "the age since the claim, not since it was sent last"
    again = [decode(record.value, record.headers) for record in world.published()]
    assert sorted(again, key=lambda entry: entry.seat_no) == entries


def test_what_was_just_sent_again_is_left_alone_for_its_time(world: World) -> None:
    event = world.new_event()
    world.won(event, "a")
    world.age(event)
    assert world.reconcile()[event.event_id].delivered.republished == 1
    assert world.reconcile()[event.event_id].delivered.seen == 0
    assert users(world) == {"a": 1}


def test_a_seat_that_is_just_on_its_way_is_left_alone(world: World) -> None:
    event = world.new_event()
    world.won(event, "a")
    reconciled = world.reconcile()[event.event_id]
    assert (reconciled.delivered.seen, reconciled.books.pending, reconciled.books.missing) == (0, 1, [])


def test_a_recorded_seat_that_nobody_confirmed_is_confirmed(world: World) -> None:
    event = world.new_event()
    (entry,) = world.won(event, "a")
    world.wired.publisher.publish(entry)
    world.persist()
    world.raw.zadd(f"{{event:{event.event_id}}}:pending", {"a": 1})
    reconciled = world.reconcile()[event.event_id]
    assert (reconciled.delivered.confirmed, reconciled.delivered.republished) == (1, 0)
    assert (reconciled.books.recorded, reconciled.books.pending) == (1, 0)


def test_a_dead_letter_is_left_where_it_is_and_counted(world: World) -> None:
    event = world.new_event(capacity=2)
    first, second = world.won(event, "a", "b")
    world.wired.ledger.change_event(replace(event, capacity=1))
    world.wired.publisher.publish_all([first, second])
    world.persist()
    world.wired.ledger.change_event(event)
    world.age(event)
    reconciled = world.reconcile()[event.event_id]
    assert (reconciled.delivered.dead, reconciled.delivered.republished) == (1, 0)
    assert (reconciled.books.dead, reconciled.books.recorded, reconciled.books.missing) == (1, 1, [])
    assert reconciled.delivered.oldest_s == 0, "nothing waits to be sent"
    assert users(world) == {}


def test_a_dead_letter_is_known_among_others_for_the_same_seat(world: World) -> None:
    """Sent again, it would be one more dead letter at every pass."""
    event = world.new_event()
    (mine,) = world.won(event, "mine")
    for user_id in ("owner", "another", "mine", "zz"):
        world.wired.publisher.publish(replace(mine, user_id=user_id))
        world.persist()
    world.age(event)
    delivered = world.reconcile()[event.event_id].delivered
    assert (delivered.dead, delivered.republished) == (1, 0)


def test_without_kafka_nothing_is_lost_and_the_next_pass_delivers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = world.new_event()
    world.won(event, "a", "b")
    world.age(event)
    nowhere = StreamSettings.from_env(
        {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}", "PUBLISH_TIMEOUT_MS": "100"}
    )
    away = replace(world, wired=replace(world.wired, publisher=streams.connect(nowhere)))
    with monkeypatch.context() as impatient:
        impatient.setattr("reconcile.overdue.PUBLISH_TIMEOUT_S", 0.2)
        delivered = away.reconcile()[event.event_id].delivered
    assert (delivered.republished, delivered.unacknowledged) == (0, 2)
    assert world.reconcile()[event.event_id].delivered.republished == 2


def test_events_take_turns_and_the_longest_waiting_go_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconcile.overdue.BATCH", 2)
    many, few = world.new_event(), world.new_event()
    world.won(many, "m1", "m2", "m3", "m4", "m5")
    world.won(few, "f1")
    world.age(many)
    world.age(few)
    batches = iter([True, True, False])
    world.reconcile(lambda: next(batches, False))
    assert users(world) == {"m1": 1, "m2": 1, "f1": 1}
    world.reconcile()
    assert users(world) == {"m1": 1, "m2": 1, "m3": 1, "m4": 1, "m5": 1, "f1": 1}


def test_two_passes_at_once_are_harmless(world: World) -> None:
    event = world.new_event(capacity=300)
    world.won(event, *(f"u{number}" for number in range(300)))
    world.age(event)
    with world.another_ledger() as ledger, ThreadPoolExecutor(2) as pool:
        other = replace(world, wired=replace(world.wired, ledger=ledger))
        list(pool.map(World.reconcile, [world, other]))
    world.persist()
    world.age(event)
    reconciled = world.reconcile()[event.event_id]
    assert (reconciled.books.recorded, reconciled.books.pending, reconciled.books.missing) == (300, 0, [])
    assert world.wired.ledger.totals(event.event_id).dead == 0


def test_what_was_claimed_by_a_clock_that_ran_ahead_is_sent_all_the_same(world: World) -> None:
    event = world.new_event()
    world.won(event, "a")
    world.age(event, -7200)
    assert world.reconcile()[event.event_id].delivered.republished == 1
    assert world.reconcile()[event.event_id].delivered.republished == 0, "and once"
