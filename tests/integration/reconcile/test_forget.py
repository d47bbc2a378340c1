"""A person is erased from an event that has ended: the id is nowhere, no figure changes, and nothing brings it back."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import pytest
from confluent_kafka import Producer

from admin import handler
from admin.dependencies import Dependencies
from admin.forgetting import Forgotten
from admin.service import Admin, Report
from cli.contract import Reply
from cli.judge import by_user, read_rows
from cli.order import Order, judge_order
from eventrush.errors import ConflictError, GateUnavailableError, LockHeldError
from eventrush.gate.codec import event_keys
from eventrush.identifiers import FORGOTTEN
from eventrush.ledger.batch import BatchResult
from eventrush.ledger.dead_letters import DeadLetter, DeadLetterState, Reason, StoredDeadLetter
from eventrush.ledger.ledger import Ledger
from eventrush.models import Delivery, Entry, Event, Position, StreamRecord, Verdict
from eventrush.stream.client import producer_config
from eventrush.stream.message import decode, encode
from persist.service import persist
from tests.deliveries import record_of
from tests.integration.reconcile.conftest import Environment

VICTIM = "victim@example.com"
TABLES = ("event", "event_join", "dead_letter", "open_seat", "parked", "event_log")


def admin(env: Environment) -> Admin:
    return Admin(env.deps.gate, env.deps.ledger)


def forget(env: Environment, event: Event, user_id: str = VICTIM) -> Forgotten:
    return admin(env).forget(event.event_id, user_id, env.deps.reader)


def report(env: Environment, event: Event) -> Report:
    return admin(env).report(event.event_id)


def ended(env: Environment, *users: str) -> tuple[Event, list[Entry]]:
    """Return an event that has ended, and the entries of these users, which are recorded."""
    event = env.new_event(capacity=5)
    entries = env.winners(event, *users)
    env.deps.publisher.publish_all(entries)
    env.persist()
    admin(env).close(event.event_id)
    return event, entries


def traces(env: Environment, user_id: str = VICTIM) -> list[str]:
    """Return where these bytes stand: in any column of any table, in any key or value of Redis."""
    raw = user_id.encode()
    found = []
    with env.deps.ledger.database.transaction() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 our own names
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    parts = [value if isinstance(value, bytes) else str(value).encode()]
                    if name == "headers":
                        parts += [base64.b64decode(text) for _name, text in json.loads(value)]
                    found += [f"{table}.{name}" for part in parts if raw in part]
    read: dict[bytes, Callable[[bytes], object]] = {
        b"hash": env.raw.hgetall,
        b"zset": lambda key: env.raw.zrange(key, 0, -1),
        b"list": lambda key: env.raw.lrange(key, 0, -1),
        b"string": env.raw.get,
    }
    keys: Iterator[bytes] = env.raw.scan_iter()
    for key in keys:
        kind = env.raw.type(key)
        assert isinstance(kind, bytes)
        value = read[kind](key)
        found += [key.decode() for text in (key.decode(), repr(value)) if user_id in text]
    return found


def rows(env: Environment, event: Event) -> list[Entry]:
    return [entry for chunk in env.deps.ledger.seats.entries(event.event_id) for entry in chunk]


def letters(env: Environment) -> list[StoredDeadLetter]:
    return env.deps.ledger.dead_letters.list(event_id=None, state=None, limit=99)


def deliver(env: Environment, *records: StreamRecord) -> BatchResult:
    return persist(env.deps.gate, env.deps.ledger.batch, records)


@contextmanager
def killed_before_the_gate(env: Environment) -> Iterator[None]:
    """Let a run end between the ledger and the gate."""

    def killed(*_: object) -> NoReturn:
        raise GateUnavailableError("killed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(env.deps.gate, "forget", killed)
        yield


def test_the_id_is_nowhere_and_the_seat_and_its_time_stay(env: Environment) -> None:
    event, entries = ended(env, "a", VICTIM, "b")
    assert {"event_join.user_id", "event_join.attempt_id", event_keys(event.event_id).entries} <= set(traces(env))
    before = report(env, event)
    done = forget(env, event)
    assert (done.erased.rows, done.in_gate) == (1, True)
    assert traces(env) == []
    assert [change.command for change in admin(env).list_changes(event.event_id, 1)] == ["forget"]
    assert report(env, event) == before
    assert [(row.seat_no, row.request_time) for row in rows(env, event)] == [
        (entry.seat_no, entry.request_time) for entry in entries
    ]
    new_id = rows(env, event)[1].user_id
    assert new_id.startswith(FORGOTTEN)
    assert len(new_id) == len(FORGOTTEN) + 32
    status = env.status(event, new_id)
    assert (status.pending, replace(status.entry, epoch=1)) == (False, rows(env, event)[1])
    assert env.claim(event, VICTIM).verdict is Verdict.CLOSED
    assert env.seats(event, "a", "b") == [1, 3]


def test_no_pass_and_no_rebuild_brings_the_id_back(env: Environment) -> None:
    event, entries = ended(env, "a", VICTIM, "b")
    env.deps.publisher.publish_all(entries)  # repeated, and not yet delivered: a rebuild reads them
    forget(env, event)
    assert env.reconcile()[event.event_id].audit.missing == []
    (rebuilt,) = env.rebuild(event)
    assert (rebuilt.from_ledger, rebuilt.from_stream, rebuilt.from_gate) == (3, 0, 0)
    env.persist()
    env.empty_gate()
    env.reconcile()
    env.persist()
    assert traces(env) == []
    assert report(env, event).consistent
    assert (len(rows(env, event)), letters(env)) == (3, [])


@pytest.mark.parametrize("epoch", ["current", "older", "older, gate lost"])
def test_a_record_that_is_delivered_again_leaves_no_trace(env: Environment, epoch: str) -> None:
    event, (_, victim, _) = ended(env, "a", VICTIM, "b")
    forget(env, event)
    if epoch != "current":
        env.rebuild(event)
    if epoch == "older, gate lost":
        env.deps.gate.rebuild_session(event.event_id).freeze()
    before = rows(env, event)
    result = deliver(env, record_of(victim))
    assert (result.settled, result.dead, result.parked) == ([], [], [])
    assert traces(env) == []
    assert (rows(env, event), letters(env)) == (before, [])


def test_a_record_of_another_time_for_the_seat_is_a_dead_letter_still(env: Environment) -> None:
    event, (victim,) = ended(env, VICTIM)
    forget(env, event)
    other = replace(victim, user_id="other", request_time=victim.request_time + timedelta(microseconds=1))
    (letter,) = deliver(env, record_of(other)).dead
    assert letter.reason is Reason.SEAT_TAKEN


def test_a_parked_record_of_a_forgotten_user_is_decided_without_a_trace(env: Environment) -> None:
    event, (victim,) = ended(env, VICTIM)
    forget(env, event)
    env.rebuild(event)
    parked = Delivery(victim, record_of(victim))
    with env.deps.ledger.database.transaction() as cursor:  # as by a persist that was in the middle of it
        columns = (
            "topic, partition_no, offset_no, record_key, record_value, headers, record_time, event_id, user_id, seat_no"
        )
        record = parked.record
        at = (record.topic, record.partition, record.offset, record.key, record.value, "[]", record.timestamp)
        cursor.execute(
            f"INSERT INTO parked ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608
            (*at, victim.event_id, victim.user_id, victim.seat_no),
        )
    assert traces(env) != []
    env.reconcile()
    assert (traces(env), letters(env)) == ([], [])


def test_an_interrupted_run_continues_with_the_same_random_id(env: Environment) -> None:
    event, entries = ended(env, "a", VICTIM)
    env.deps.publisher.publish_all(entries)  # repeated, and not yet delivered
    with killed_before_the_gate(env), pytest.raises(GateUnavailableError, match="killed"):
        forget(env, event)
    new_id = rows(env, event)[1].user_id
    assert set(traces(env)) == {event_keys(event.event_id).entries}
    assert forget(env, event).erased.rows == 0
    assert traces(env) == []
    assert env.status(event, new_id).entry.seat_no == 2
    assert rows(env, event)[1].user_id == new_id
    env.persist()
    with pytest.raises(ConflictError, match="nothing of this user"):
        forget(env, event)
    assert traces(env) == []


def test_a_rebuild_finishes_an_interrupted_run(env: Environment) -> None:
    event, _ = ended(env, "a", VICTIM)
    with killed_before_the_gate(env), pytest.raises(GateUnavailableError, match="killed"):
        forget(env, event)
    env.rebuild(event)
    assert traces(env) == []
    assert env.status(event, rows(env, event)[1].user_id).entry.seat_no == 2
    assert report(env, event).consistent


def test_the_number_of_entries_stays_and_no_filter_denies_the_entry(env: Environment) -> None:
    """An environment that remembers winners compares their number."""
    event, _ = ended(env, "a", VICTIM)
    keys = event_keys(event.event_id)
    assert env.deps.gate.winners(event.event_id) is not None
    forget(env, event)
    assert env.raw.hlen(keys.entries) == 2
    winners = env.deps.gate.winners(event.event_id)
    new_id = rows(env, event)[1].user_id
    assert winners is None or winners.may_contain(new_id)
    env.rebuild(event)
    winners = env.deps.gate.winners(event.event_id)
    assert winners is not None
    assert winners.may_contain(new_id)


def test_the_judge_of_the_order_says_the_same(env: Environment) -> None:
    event, _ = ended(env, "a", VICTIM, "b")

    def won(user: str, seat_no: int, sent_at: float) -> Reply:
        return Reply(user, None, 200, "SUCCESS", seat_no, None, sent_at, sent_at + 1)

    def judged(history: Sequence[Reply]) -> Order:
        return judge_order(history, by_user(read_rows(env.environ, event.event_id)))

    right = [won("a", 1, 0), won(VICTIM, 2, 2), won("b", 3, 4)]
    wrong = [won("a", 1, 4), won(VICTIM, 2, 2), won("b", 3, 0)]
    before = judged(right), judged(wrong)
    assert (len(before[0].inversions), len(before[1].inversions)) == (0, 2)
    forget(env, event)
    assert (judged(right), judged(wrong)) == before


def test_dead_letters_are_rewritten_where_their_seats_have_owners(env: Environment) -> None:
    event, (_, victim) = ended(env, "a", VICTIM)
    mine = record_of(replace(victim, seat_no=1))
    unreadable = replace(record_of(victim), key=VICTIM.encode(), value=b'{"userId":"' + VICTIM.encode())
    headers = {"schema": b"event.join/1", "attempt": VICTIM.encode() + b" "}
    no_attempt = replace(record_of(victim), headers=headers)
    others = replace(record_of(victim), key=b"o", value=b'{"userId":"other","note":"victim@example.community"}')
    assert len(deliver(env, mine, unreadable, no_attempt, others).dead) == 4
    admin(env).discard(mine.position, f"{VICTIM} asked twice")
    assert forget(env, event).erased.dead_letters == 3
    kept = {letter.position: letter for letter in letters(env)}
    assert kept[others.position].record.value == others.value
    assert others.value is not None
    entry = decode(kept[mine.position].record.value, kept[mine.position].record.headers)
    new_id = rows(env, event)[1].user_id
    assert (entry.user_id, entry.attempt_id, entry.seat_no) == (new_id, new_id, 1)
    assert (kept[mine.position].user_id, kept[mine.position].note) == (new_id, "(erased)")
    assert kept[mine.position].state is DeadLetterState.DISCARDED
    with env.deps.ledger.database.transaction() as cursor:
        cursor.execute("DELETE FROM dead_letter WHERE record_key = 'o'")  # in which the id is part of another word
    assert traces(env) == []
    deliver(env, mine, unreadable, no_attempt)
    assert traces(env) == [], "a dead letter that is delivered again is the same dead letter"


def test_a_dead_letter_that_could_become_an_entry_waits_for_the_stream_to_drop_it(env: Environment) -> None:
    event, (_, victim) = ended(env, "a", VICTIM)
    other = replace(victim, seat_no=4)
    env.deps.publisher.publish(other)
    env.persist()
    (letter,) = letters(env)
    assert letter.reason == Reason.USER_HAS_SEAT
    with pytest.raises(ConflictError, match=f"still holds the record of dead letter {letter.position}"):
        forget(env, event)
    with env.deps.ledger.database.transaction() as cursor:  # as of a record that retention has deleted
        cursor.execute("UPDATE dead_letter SET topic = 'gone'")
    assert forget(env, event).erased.dead_letters == 1
    assert traces(env) == []


def test_a_user_who_has_only_a_dead_letter_is_erased_too(env: Environment) -> None:
    event, (first,) = ended(env, "a")
    deliver(env, record_of(replace(first, user_id=VICTIM)))
    done = forget(env, event)
    assert (done.erased.rows, done.erased.dead_letters) == (0, 1)
    assert traces(env) == []


def _open(env: Environment) -> Event:
    return env.new_event()


def _ends_later(env: Environment) -> Event:
    return env.new_event(closes_at=datetime.now(UTC) + timedelta(hours=1))


def _paused(env: Environment) -> Event:
    event = env.new_event()
    return admin(env).pause(event.event_id)


@pytest.mark.parametrize("make", [_open, _ends_later, _paused])
def test_nobody_is_forgotten_before_the_end(env: Environment, make: Callable[[Environment], Event]) -> None:
    event = make(env)
    env.winners(event, VICTIM)
    before = traces(env)
    with pytest.raises(ConflictError, match="has not ended") as caught:
        forget(env, event)
    assert VICTIM not in str(caught.value), "the sentence is logged"
    with pytest.raises(ConflictError, match="has not ended"):
        env.deps.gate.forget(event.event_id, VICTIM, "new")
    assert traces(env) == before


def test_what_is_not_recorded_yet_is_not_erased(env: Environment) -> None:
    event = env.new_event()
    (entry,) = env.winners(event, VICTIM)
    admin(env).close(event.event_id)
    with pytest.raises(ConflictError, match="not recorded yet"):
        forget(env, event)
    with pytest.raises(ConflictError, match="pending"):
        env.deps.gate.forget(event.event_id, VICTIM, "new")
    env.deps.publisher.publish(entry)
    env.persist()
    env.deps.ledger.batch.record([], parked=[Delivery(entry, record_of(entry))])
    with pytest.raises(ConflictError, match="not recorded yet"):
        forget(env, event)
    env.reconcile()
    env.deps.publisher.publish(replace(entry, seat_no=2))
    with pytest.raises(ConflictError, match="waits in the stream"):
        forget(env, event)
    assert env.status(event, VICTIM).entry.seat_no == 1


def test_an_undecodable_record_that_waits_in_the_stream_is_waited_for(env: Environment) -> None:
    event, _ = ended(env, VICTIM)
    producer = Producer(producer_config(env.stream))
    producer.produce(env.stream.topic, b"{", VICTIM)
    assert producer.flush(10) == 0
    with pytest.raises(ConflictError, match="waits in the stream"):
        forget(env, event)
    env.persist()
    assert forget(env, event).erased.dead_letters == 1
    assert traces(env) == []


def test_unknown_users_and_events_are_refused_in_a_sentence(env: Environment) -> None:
    event, _ = ended(env, "a")
    with pytest.raises(ConflictError, match=r"^userId: the event has nothing of this user\.$"):
        forget(env, event, "nobody")
    with pytest.raises(ConflictError, match=r"^eventId: there is no event no-such-event\.$"):
        admin(env).forget("no-such-event", "a", env.deps.reader)


def test_parked_records_are_rewritten_when_the_gate_has_dropped_the_event(env: Environment) -> None:
    event, (victim,) = ended(env, VICTIM)
    env.deps.ledger.batch.record([], [DeadLetter(record_of(victim), Reason.MALFORMED, "a test", victim)])
    env.deps.ledger.batch.record([], parked=[Delivery(victim, record_of(victim))])
    env.raw.delete(*event_keys(event.event_id))
    env.deps.gate.replace_registry([], [event.event_id])
    done = forget(env, event)
    assert (done.erased.rows, done.erased.dead_letters, done.erased.parked, done.in_gate) == (1, 1, 1, False)
    assert traces(env) == []
    ((parked,),) = env.deps.ledger.parked.records(event.event_id)
    assert parked.delivery.entry.user_id == rows(env, event)[0].user_id
    assert encode(parked.delivery.entry)[1] == parked.delivery.record.value


@pytest.mark.parametrize("name", ["rebuild", "redrive or erasure", "change of rules"])
def test_nothing_that_could_carry_the_old_id_runs_meanwhile(env: Environment, name: str) -> None:
    event, _ = ended(env, VICTIM)
    impatient = Admin(env.deps.gate, Ledger(env.deps.ledger.database, rules_wait_s=0))
    with env.second_ledger() as other, other.database.advisory_lock(name):
        with pytest.raises(LockHeldError, match=name):
            impatient.forget(event.event_id, VICTIM, env.deps.reader)
        if name.startswith("redrive"):
            with pytest.raises(LockHeldError, match=name):
                impatient.redrive(Position("t", 0, 0), env.deps.publisher)
    assert forget(env, event).erased.rows == 1


def test_the_command_answers_and_logs_without_the_id(env: Environment, caplog: pytest.LogCaptureFixture) -> None:
    event, _ = ended(env, "a", VICTIM)
    topic = {"KAFKA_TOPIC": env.stream.topic, "KAFKA_CONSUMER_GROUP": env.stream.consumer_group}
    deps = Dependencies(admin(env), {**env.environ, **topic})
    command = {"command": "forget", "eventId": event.event_id, "userId": VICTIM}
    with caplog.at_level("INFO"):
        first, second = (handler.handle(command, deps) for _ in range(2))
    assert first["ok"]
    figures = {"eventId": event.event_id, "rows": 1, "deadLetters": 0, "parked": 0, "gate": True}
    assert {**figures, "remains": first["result"]["remains"]} == first["result"]
    assert "Kafka" in first["result"]["remains"]
    assert second == {"ok": False, "error": "userId: the event has nothing of this user."}
    own = [record for record in caplog.records if record.module == handler.__name__.rpartition(".")[2]]
    assert [record.getMessage() for record in own] == ["a user was forgotten", "command refused"]
    logged = repr([record.__dict__ for record in caplog.records]) + caplog.text
    assert VICTIM not in logged
    assert rows(env, event)[1].user_id not in logged + repr(first)
