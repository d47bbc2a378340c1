"""Overdue entries are published again, or confirmed if they are recorded; other entries are not sent."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from eventrush.gate import codec
from eventrush.settings import StreamSettings
from eventrush.stream.message import decode
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader
from join.service import join
from local.ports import HOST, free_port
from reconcile.redelivery import redeliver
from tests.deliveries import delivery
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
    assert (reconciled.redelivered.waiting, reconciled.redelivered.republished) == (1, 0)
    assert (reconciled.audit.dead, reconciled.audit.recorded, reconciled.audit.missing) == (1, 1, [])
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
    assert (redelivered.waiting, redelivered.republished) == (1, 0)


def test_after_an_outage_of_kafka_the_next_pass_publishes(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a", "b")
    env.age(event)
    down = StreamSettings.from_env({"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}", "PUBLISH_TIMEOUT_MS": "100"})
    without_kafka = env.with_deps(publisher=StreamPublisher.connect(down))
    redelivered = redeliver(without_kafka.deps, [event.event_id], lambda: True, timeout_s=0.2)[event.event_id]
    assert (redelivered.republished, redelivered.unacknowledged) == (0, 2)
    env.age(event)
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


def test_what_waits_in_the_stream_is_not_sent_again(env: Environment) -> None:
    """An outage of persist of any length adds no record."""
    event = env.new_event(capacity=200)
    env.send(env.winners(event, *(f"u{number}" for number in range(200))), seconds_ago=3600)
    for _ in range(4):
        assert env.reconcile()[event.event_id].redelivered.seen == 0
    assert len(env.uncommitted_records()) == 200


def test_a_lag_holds_back_only_what_was_sent_since(env: Environment) -> None:
    """The bound is the oldest record that waits, whatever event it is of."""
    event, other = env.new_event(), env.new_event()
    env.winners(event, "before", "since")
    env.age(event, 3600)
    env.raw.zincrby(codec.event_keys(event.event_id).pending, 1800e6, "since")
    env.send(env.winners(other, "waiting"), seconds_ago=2700)
    env.reconcile()
    assert published_users(env) == {"waiting": 1, "before": 1}


def test_a_client_that_polls_adds_no_record(env: Environment) -> None:
    event = env.new_event()
    env.send(env.winners(event, "a"), seconds_ago=3600)
    for _ in range(4):
        env.reconcile()
        assert not join(env.deps.gate, env.deps.publisher, event.event_id, "a", "a-a").acknowledged
    assert published_users(env) == {"a": 1}


def test_a_client_s_retry_sends_what_cannot_be_waiting(env: Environment) -> None:
    """Its first attempt died between claim and publish."""
    event, other = env.new_event(), env.new_event()
    env.winners(event, "a")
    env.age(event, 45)
    env.winners(other, "b")
    env.deps.gate.take_overdue(event.event_id, datetime.now(UTC) - timedelta(seconds=50), 10)
    assert not join(env.deps.gate, env.deps.publisher, event.event_id, "a", "a-a").acknowledged
    env.deps.gate.take_overdue(event.event_id, datetime.now(UTC) - timedelta(seconds=40), 0)
    assert join(env.deps.gate, env.deps.publisher, event.event_id, "a", "a-a").acknowledged
    assert not join(env.deps.gate, env.deps.publisher, event.event_id, "a", "a-a").acknowledged
    assert published_users(env) == {"a": 1}


def test_a_rebuild_of_a_backlog_sends_none_of_it_again(env: Environment) -> None:
    event = env.new_event(capacity=200)
    env.send(env.winners(event, *(f"u{number}" for number in range(200))), seconds_ago=3600)
    env.empty_gate()
    for _ in range(3):
        assert env.reconcile()[event.event_id].redelivered.republished == 0
    assert env.facts(event).pending == 200
    assert len(env.uncommitted_records()) == 200


def test_a_parked_entry_is_not_sent(env: Environment) -> None:
    """It is decided by reconcile; here the gate has reopened, and another pass reads the ledger."""
    event = env.new_event()
    (entry,) = env.winners(event, "a")
    env.deps.ledger.raise_epoch(event.event_id)
    env.deps.ledger.batch.record([delivery(entry)])
    env.age(event)
    redelivered = redeliver(env.deps, [event.event_id], lambda: True)[event.event_id]
    assert (redelivered.waiting, redelivered.republished) == (1, 0)
    assert published_users(env) == {}


def test_what_was_held_longer_than_a_send_may_take_is_not_sent(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a")
    env.age(event)
    times = iter([0.0, env.deps.publish_deadline_s + 0.1])
    redelivered = redeliver(env.deps, [event.event_id], lambda: True, clock=lambda: next(times))[event.event_id]
    assert (redelivered.late, redelivered.republished) == (1, 0)
    assert published_users(env) == {}


def test_without_kafka_nothing_is_taken(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a")
    env.age(event)
    down = StreamReader({"bootstrap.servers": f"{HOST}:{free_port()}", "log_level": 2}, "t", "g", timeout_s=0.3)
    redelivered = redeliver(env.with_deps(reader=down).deps, [event.event_id], lambda: True)[event.event_id]
    assert redelivered.seen == 0
    assert redelivered.oldest_s > 0
    assert env.reconcile()[event.event_id].redelivered.republished == 1
