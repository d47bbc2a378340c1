"""What was promised and has not arrived is delivered again; what has is confirmed; the rest is left alone."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from eventrush.settings import StreamSettings
from eventrush.stream.message import decode
from eventrush.stream.publisher import StreamPublisher
from local.ports import free_port
from reconcile.redelivery import redeliver
from tests.integration.reconcile.conftest import World


def users(world: World) -> Counter[str]:
    return Counter(decode(record.value, record.headers).user_id for record in world.published())


def test_an_unpublished_entry_is_published_unchanged(world: World) -> None:
    event = world.new_event()
    entries = world.won(event, "a", "b")
    world.age(event)
    delivered = world.reconcile()[event.event_id].redelivered
    assert (delivered.republished, delivered.confirmed, delivered.unacknowledged) == (2, 0, 0)
    assert delivered.oldest_s < 60, "the age since the claim, not since it was sent last"
    again = [decode(record.value, record.headers) for record in world.published()]
    assert sorted(again, key=lambda entry: entry.seat_no) == entries


def test_an_entry_just_sent_is_not_overdue(world: World) -> None:
    event = world.new_event()
    world.won(event, "a")
    world.age(event)
    assert world.reconcile()[event.event_id].redelivered.republished == 1
    assert world.reconcile()[event.event_id].redelivered.seen == 0
    assert users(world) == {"a": 1}


def test_an_entry_just_claimed_is_not_overdue(world: World) -> None:
    event = world.new_event()
    world.won(event, "a")
    reconciled = world.reconcile()[event.event_id]
    assert (reconciled.redelivered.seen, reconciled.audit.pending, reconciled.audit.missing) == (0, 1, [])


def test_a_recorded_entry_that_is_pending_is_confirmed(world: World) -> None:
    event = world.new_event()
    (entry,) = world.won(event, "a")
    world.deps.publisher.publish(entry)
    world.persist()
    world.raw.zadd(f"{{event:{event.event_id}}}:pending", {"a": 1})
    reconciled = world.reconcile()[event.event_id]
    assert (reconciled.redelivered.confirmed, reconciled.redelivered.republished) == (1, 0)
    assert (reconciled.audit.recorded, reconciled.audit.pending) == (1, 0)


def test_a_dead_letter_is_counted_and_not_sent(world: World) -> None:
    event = world.new_event(capacity=2)
    first, second = world.won(event, "a", "b")
    world.deps.ledger.update_event(replace(event, capacity=1))
    world.deps.publisher.publish_all([first, second])
    world.persist()
    world.deps.ledger.update_event(event)
    world.age(event)
    reconciled = world.reconcile()[event.event_id]
    assert (reconciled.redelivered.dead, reconciled.redelivered.republished) == (1, 0)
    assert (reconciled.audit.dead, reconciled.audit.recorded, reconciled.audit.missing) == (1, 1, [])
    assert reconciled.redelivered.oldest_s == 0, "nothing waits to be sent"
    assert users(world) == {}


def test_a_dead_letter_is_found_among_others_of_the_same_seat(world: World) -> None:
    """Sent again, it would be one more dead letter at every pass."""
    event = world.new_event()
    (mine,) = world.won(event, "mine")
    for user_id in ("owner", "another", "mine", "zz"):
        world.deps.publisher.publish(replace(mine, user_id=user_id))
        world.persist()
    world.age(event)
    delivered = world.reconcile()[event.event_id].redelivered
    assert (delivered.dead, delivered.republished) == (1, 0)


def test_after_an_outage_of_kafka_the_next_pass_publishes(world: World) -> None:
    event = world.new_event()
    world.won(event, "a", "b")
    world.age(event)
    nowhere = StreamSettings.from_env(
        {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}", "PUBLISH_TIMEOUT_MS": "100"}
    )
    away = replace(world, deps=replace(world.deps, publisher=StreamPublisher.connect(nowhere)))
    delivered = redeliver(away.deps, [event.event_id], lambda: True, timeout_s=0.2)[event.event_id]
    assert (delivered.republished, delivered.unacknowledged) == (0, 2)
    assert world.reconcile()[event.event_id].redelivered.republished == 2


def test_events_take_turns_and_the_oldest_entries_are_sent_first(world: World) -> None:
    many, few = world.new_event(), world.new_event()
    world.won(many, "m1", "m2", "m3", "m4", "m5")
    world.won(few, "f1")
    world.age(many)
    world.age(few)
    batches = iter([True, True, False])
    redeliver(world.deps, [many.event_id, few.event_id], lambda: next(batches, False), batch=2)
    assert users(world) == {"m1": 1, "m2": 1, "f1": 1}
    world.reconcile()
    assert users(world) == {"m1": 1, "m2": 1, "m3": 1, "m4": 1, "m5": 1, "f1": 1}


def test_concurrent_passes_are_harmless(world: World) -> None:
    event = world.new_event(capacity=300)
    world.won(event, *(f"u{number}" for number in range(300)))
    world.age(event)
    with world.another_ledger() as ledger, ThreadPoolExecutor(2) as pool:
        other = replace(world, deps=replace(world.deps, ledger=ledger))
        list(pool.map(World.reconcile, [world, other]))
    world.persist()
    world.age(event)
    reconciled = world.reconcile()[event.event_id]
    assert (reconciled.audit.recorded, reconciled.audit.pending, reconciled.audit.missing) == (300, 0, [])
    assert world.deps.ledger.totals(event.event_id).dead == 0


def test_an_entry_with_a_score_in_the_future_is_sent_once(world: World) -> None:
    event = world.new_event()
    world.won(event, "a")
    world.age(event, -7200)
    assert world.reconcile()[event.event_id].redelivered.republished == 1
    assert world.reconcile()[event.event_id].redelivered.republished == 0, "and once"
