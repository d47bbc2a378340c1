"""A lost gate is rebuilt from the ledger, the stream and its own entries, and no winner loses a seat."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from eventrush.errors import LedgerError
from eventrush.gate import codec
from eventrush.ledger.database import Database, open_connection
from eventrush.ledger.dead_letters import DeadLetter, Reason
from eventrush.ledger.ledger import Ledger
from eventrush.models import Verdict
from eventrush.settings import LedgerSettings
from eventrush.stream.message import decode
from tests.deliveries import an_entry
from tests.integration.reconcile.conftest import Environment


def test_an_emptied_gate_refuses_claims_until_it_is_rebuilt(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a")
    env.empty_gate()
    assert env.claim(event, "b").verdict is Verdict.GATE_LOST
    env.reconcile()
    assert env.claim(event, "b").verdict is Verdict.SUCCESS
    facts = env.facts(event)
    recorded = env.deps.ledger.get_event(event.event_id)
    assert (facts.event.epoch, recorded.epoch) == (event.epoch + 1, event.epoch + 1)


def test_recorded_and_published_entries_keep_their_seats(env: Environment) -> None:
    event = env.new_event(capacity=4)
    recorded, published = env.winners(event, "recorded", "published")
    env.deps.publisher.publish(recorded)
    env.persist()
    env.deps.publisher.publish(published)
    env.empty_gate()
    env.reconcile()
    assert env.seats(event, "recorded", "published") == [1, 2]
    assert (env.status(event, "recorded").pending, env.status(event, "published").pending) == (False, True)
    assert env.seats(event, "x", "y", "z") == [3, 4], "no seat is given twice"
    env.persist()
    assert env.deps.ledger.seats.by_user(event.event_id, ["recorded", "published"]) == {
        "recorded": 1,
        "published": 2,
    }


def test_a_recorded_user_keeps_the_recorded_seat_whatever_the_stream_has(env: Environment) -> None:
    event = env.new_event()
    (entry,) = env.winners(event, "a")
    env.deps.publisher.publish(entry)
    env.persist()
    env.deps.publisher.publish(replace(entry, seat_no=2))
    env.empty_gate()
    env.reconcile()
    assert env.seats(event, "a", "b") == [1, 2]


def test_a_retry_after_a_rebuild_gets_the_same_seat(env: Environment) -> None:
    event = env.new_event()
    before = env.claim(event, "a")
    assert before.entry is not None
    env.deps.publisher.publish(before.entry)
    env.empty_gate()
    env.reconcile()
    retried = env.claim(event, "a")
    assert retried.entry is not None
    assert (retried.verdict, retried.entry.seat_no, retried.entry.request_time) == (
        Verdict.SUCCESS,
        before.entry.seat_no,
        before.entry.request_time,
    )
    assert env.deps.gate.claim(event.event_id, "a", "another").verdict is Verdict.DUPLICATE


def test_a_gate_restarted_from_its_file_keeps_its_unpublished_entries(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a", "b")
    env.restart_gate(event)
    assert env.claim(event, "x").verdict is Verdict.GATE_LOST
    env.reconcile()
    assert env.seats(event, "a", "b", "x") == [1, 2, 3]
    env.age(event)
    env.reconcile()
    env.persist()
    assert env.deps.ledger.totals(event.event_id).entries == 3


def test_seats_without_an_owner_are_given_last(env: Environment) -> None:
    event = env.new_event(capacity=3)
    _, last = env.winners(event, "lost", "published")
    env.deps.publisher.publish(last)
    env.empty_gate()
    env.reconcile()
    facts = env.facts(event)
    assert (facts.issued, facts.free, facts.remaining) == (2, 1, 2)
    assert sorted(env.seats(event, "x", "y")) == [1, 3]
    assert env.claim(event, "z").verdict is Verdict.LIMIT_EXCEEDED


def test_late_records_of_the_old_epoch_reclaim_only_free_seats(env: Environment) -> None:
    event = env.new_event(capacity=3)
    early, late = env.winners(event, "early", "late")
    env.empty_gate()
    env.reconcile()  # neither entry was published: the rebuilt gate is empty
    assert env.seats(event, "other") == [1]
    env.deps.publisher.publish_all([early, late])
    env.persist()
    assert env.deps.ledger.seats.by_user(event.event_id, ["early", "late"]) == {"late": 2}
    (letter,) = env.deps.ledger.dead_letters.list(event_id=event.event_id, state=None, limit=9)
    assert (letter.user_id, letter.seat_no, letter.reason) == ("early", 1, "stale_epoch")
    assert env.seats(event, "early") == [3], "its seat was not promised, and the user may still join"


def test_an_entry_of_a_stale_gate_whose_seat_is_taken_is_dropped(env: Environment) -> None:
    """As after a failover to a replica that missed the last claims and gave a seat again."""
    event = env.new_event(capacity=2)
    (stale,) = env.winners(event, "stale")
    env.deps.publisher.publish(replace(stale, user_id="owner", attempt_id="a-owner"))
    env.persist()
    env.restart_gate(event)
    env.reconcile()
    assert env.deps.gate.entry(event.event_id, "stale") is None
    assert env.seats(event, "owner", "stale") == [1, 2]


def test_a_dead_lettered_seat_is_not_given_again(env: Environment) -> None:
    event = env.new_event(capacity=2)
    (winner,) = env.winners(event, "a")
    env.deps.ledger.update_event(replace(event, capacity=1))
    env.deps.publisher.publish(replace(winner, seat_no=2))
    env.persist()
    env.deps.ledger.update_event(event)
    env.empty_gate()
    env.reconcile()
    assert env.seats(event, "x", "y") == [1]


def test_an_interrupted_rebuild_leaves_the_gate_closed_until_the_next(env: Environment) -> None:
    event = env.new_event()
    (entry,) = env.winners(event, "a")
    session = env.deps.gate.rebuild_session(event.event_id)
    session.freeze()
    env.deps.ledger.raise_epoch(event.event_id)
    session.put_pending([(entry, entry.request_time)], event.epoch + 1)
    assert env.claim(event, "b").verdict is Verdict.GATE_LOST
    env.reconcile()
    assert env.seats(event, "a", "b") == [1, 2]


def test_only_one_rebuild_runs_at_a_time(env: Environment) -> None:
    event = env.new_event()
    with (
        env.second_ledger() as second,
        env.deps.ledger.database.advisory_lock("rebuild"),
        pytest.raises(LedgerError, match=r"^Another rebuild"),
    ):
        env.with_deps(ledger=second).rebuild(event)
    assert env.claim(event, "a").verdict is Verdict.SUCCESS, "the gate is still open"


def test_a_rebuild_reports_what_it_found(env: Environment) -> None:
    event = env.new_event(capacity=9)
    recorded, published, _unpublished = env.winners(event, "recorded", "published", "unpublished")
    env.deps.publisher.publish(recorded)
    env.persist()
    env.deps.publisher.publish_all([published, an_entry(event.event_id, 5, "ahead")])
    (rebuilt,) = env.rebuild(event)
    assert (rebuilt.from_ledger, rebuilt.from_stream, rebuilt.from_gate, rebuilt.dropped) == (1, 2, 1, 0)
    assert (rebuilt.issued, rebuilt.free, rebuilt.event.epoch) == (5, 1, 2)


def test_no_query_grows_with_the_event(env: Environment) -> None:
    """MySQL refuses a query above max_allowed_packet, at every pass."""
    event = env.new_event(capacity=6000)
    seats = range(1, 6001)
    env.send([replace(an_entry(event.event_id, seat), user_id=f"{seat:064d}") for seat in seats], seconds_ago=0)
    env.empty_gate()
    lengths: list[int] = []

    def connect() -> "Connection[Cursor]":
        connection = open_connection(LedgerSettings.from_env(env.environ), 10)
        query = connection.query

        def measured(sql: str | bytes, *args: bool) -> int:
            lengths.append(len(sql))
            return query(sql, *args)

        connection.query = measured  # type: ignore[method-assign, assignment]
        return connection

    ledger = Ledger(Database(connect))
    (rebuilt,) = env.with_deps(ledger=ledger).rebuild(event)
    ledger.close()
    assert rebuilt.from_stream == 6000
    assert 5000 * 64 < max(lengths) < 6000 * 64


def test_a_streamed_entry_that_has_a_dead_letter_is_not_carried(env: Environment) -> None:
    """Nobody would record it: its user would be told 202 for nothing."""
    event = env.new_event(capacity=3)
    env.deps.publisher.publish_all(env.winners(event, "dead", "alive"))
    streamed = {decode(record.value, record.headers).user_id: record for record in env.uncommitted_records()}
    letter = DeadLetter(streamed["dead"], Reason.STALE_EPOCH, "", an_entry(event.event_id, 1, "dead"))
    env.deps.ledger.batch.record([], [letter])
    env.empty_gate()
    env.reconcile()
    assert env.deps.gate.entry(event.event_id, "dead") is None
    assert env.seats(event, "alive", "dead", "late") == [2, 3]


def test_the_keys_of_an_event_that_ended_meanwhile_expire(env: Environment) -> None:
    """A later pass may not see the event any more."""
    event = env.new_event()
    env.winners(event, "a")
    env.restart_gate(event)
    ended = replace(event, closes_at=datetime.now(UTC) - timedelta(days=29))
    env.deps.ledger.update_event(ended)
    env.rebuild(event)
    left_ms = [env.raw.pttl(key) for key in codec.event_keys(event.event_id) if env.raw.exists(key)]
    assert len(left_ms) == 4
    assert all(0 < left < 86_400_000 for left in left_ms)
