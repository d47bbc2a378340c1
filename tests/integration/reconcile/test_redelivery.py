"""Overdue entries are published again, or confirmed if they are recorded; other entries are not sent."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from eventrush.gate import codec
from eventrush.settings import StreamSettings
from eventrush.stream.message import decode
from eventrush.stream.publisher import StreamPublisher
from local.ports import free_port
from reconcile.redelivery import redeliver
from tests.integration.reconcile.conftest import Environment


def published_users(env: Environment) -> Counter[str]:
    return Counter(decode(record.value, record.headers).user_id for record in env.uncommitted_records())


def test_an_unpublished_entry_is_published_unchanged(env: Environment) -> None:
    event = env.new_event()
    entries = env.winners(event, "a", "b")
    env.age(event)
    redelivered = env.reconcile()[event.event_id].redelivered
    assert (redelivered.republished, redelivered.confirmed, redelivered.unacknowledged) == (2, 0, 0)
    assert redelivered.oldest_s < 60, "the age since the claim, not since the last send"
    published = [decode(record.value, record.headers) for record in env.uncommitted_records()]
    assert sorted(published, key=lambda entry: entry.seat_no) == entries


def test_an_entry_just_sent_is_not_overdue(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a")
    env.age(event)
    assert env.reconcile()[event.event_id].redelivered.republished == 1
    assert env.reconcile()[event.event_id].redelivered.seen == 0
    assert published_users(env) == {"a": 1}


def test_an_entry_just_claimed_is_not_overdue(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a")
    reconciled = env.reconcile()[event.event_id]
    assert (reconciled.redelivered.seen, reconciled.audit.pending, reconciled.audit.missing) == (0, 1, [])


def test_a_recorded_entry_that_is_pending_is_confirmed(env: Environment) -> None:
    event = env.new_event()
    (entry,) = env.winners(event, "a")
    env.deps.publisher.publish(entry)
    env.persist()
    env.raw.zadd(codec.event_keys(event.event_id).pending, {"a": 1})
    reconciled = env.reconcile()[event.event_id]
    assert (reconciled.redelivered.confirmed, reconciled.redelivered.republished) == (1, 0)
    assert (reconciled.audit.recorded, reconciled.audit.pending) == (1, 0)


def test_a_dead_letter_is_counted_and_not_sent(env: Environment) -> None:
    event = env.new_event(capacity=2)
    first, second = env.winners(event, "a", "b")
    env.deps.ledger.update_event(replace(event, capacity=1))
    env.deps.publisher.publish_all([first, second])
    env.persist()
    env.deps.ledger.update_event(event)
    env.age(event)
    reconciled = env.reconcile()[event.event_id]
    assert (reconciled.redelivered.dead, reconciled.redelivered.republished) == (1, 0)
    assert (reconciled.audit.dead, reconciled.audit.recorded, reconciled.audit.missing) == (1, 1, [])
    assert reconciled.redelivered.oldest_s == 0, "no entry is to be sent"
    assert published_users(env) == {}


def test_a_dead_letter_is_found_among_others_of_the_same_seat(env: Environment) -> None:
    """If it were sent, every pass would add a dead letter."""
    event = env.new_event()
    (entry,) = env.winners(event, "a")
    for user_id in ("owner", "another", "a", "zz"):
        env.deps.publisher.publish(replace(entry, user_id=user_id))
        env.persist()
    env.age(event)
    redelivered = env.reconcile()[event.event_id].redelivered
    assert (redelivered.dead, redelivered.republished) == (1, 0)


def test_after_an_outage_of_kafka_the_next_pass_publishes(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a", "b")
    env.age(event)
    down = StreamSettings.from_env({"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}", "PUBLISH_TIMEOUT_MS": "100"})
    without_kafka = env.with_deps(publisher=StreamPublisher.connect(down))
    redelivered = redeliver(without_kafka.deps, [event.event_id], lambda: True, timeout_s=0.2)[event.event_id]
    assert (redelivered.republished, redelivered.unacknowledged) == (0, 2)
    assert env.reconcile()[event.event_id].redelivered.republished == 2


def test_events_take_turns_and_the_oldest_entries_are_sent_first(env: Environment) -> None:
    many, few = env.new_event(), env.new_event()
    env.winners(many, "m1", "m2", "m3", "m4", "m5")
    env.winners(few, "f1")
    env.age(many)
    env.age(few)
    batches = iter([True, True, False])
    redeliver(env.deps, [many.event_id, few.event_id], lambda: next(batches, False), batch=2)
    assert published_users(env) == {"m1": 1, "m2": 1, "f1": 1}
    env.reconcile()
    assert published_users(env) == {"m1": 1, "m2": 1, "m3": 1, "m4": 1, "m5": 1, "f1": 1}


def test_concurrent_passes_are_harmless(env: Environment) -> None:
    event = env.new_event(capacity=300)
    env.winners(event, *(f"u{number}" for number in range(300)))
    env.age(event)
    with env.second_ledger() as ledger, ThreadPoolExecutor(2) as pool:
        list(pool.map(Environment.reconcile, [env, env.with_deps(ledger=ledger)]))
    env.persist()
    env.age(event)
    reconciled = env.reconcile()[event.event_id]
    assert (reconciled.audit.recorded, reconciled.audit.pending, reconciled.audit.missing) == (300, 0, [])
    assert env.deps.ledger.totals(event.event_id).dead == 0


def test_an_entry_with_a_score_in_the_future_is_sent_once(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a")
    env.age(event, -7200)
    assert env.reconcile()[event.event_id].redelivered.republished == 1
    assert env.reconcile()[event.event_id].redelivered.republished == 0
