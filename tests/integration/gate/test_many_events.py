"""What is asked about many events takes a few round trips, and a lost event is told from an idle one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis

from eventrush.gate import codec, scripts
from eventrush.gate.gate import Gate
from eventrush.models import Verdict
from tests.integration.conftest import Events, new_id

DAY = timedelta(days=1)


class RoundTrips:
    """Counts what connections send, each of which is one round trip."""

    def __init__(self) -> None:
        self.number = 0


@pytest.fixture
def round_trips(real_gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Iterator[RoundTrips]:
    real_gate.ping()
    counted = RoundTrips()
    with real_gate.scripts.client() as client:
        connected = client.connection_pool.connection_class
        send = connected.send_packed_command

        def count(self: object, *args: object, **kwargs: object) -> None:
            counted.number += 1
            send(self, *args, **kwargs)

        monkeypatch.setattr(connected, "send_packed_command", count)
        yield counted


def test_the_facts_of_many_events_are_those_of_each(real_gate: Gate, gate_event: Events, raw: redis.Redis) -> None:
    idle, asked_for, blank, lost = gate_event(), gate_event(), gate_event(), gate_event()
    real_gate.claim(asked_for.event_id, "u", "a")
    raw.delete(codec.event_keys(blank.event_id).rules)
    raw.hset(codec.event_keys(lost.event_id).rules, "runId", "0" * 40)
    stored = real_gate.stored_events([event.event_id for event in (idle, asked_for, blank, lost)])
    facts = [at and (at.facts.event, at.facts.issued, at.facts.pending) for at in stored.values()]
    assert facts == [(idle, 0, 0), (asked_for, 1, 1), None, None]


def test_a_thousand_events_take_a_few_round_trips(real_gate: Gate, gate_event: Events, round_trips: RoundTrips) -> None:
    event_ids = [gate_event().event_id for _ in range(3)] * 400

    def ask() -> None:
        real_gate.stored_events(event_ids)
        real_gate.pending_counts(event_ids)
        real_gate.refusals(event_ids)

    ask()  # loads the scripts
    before = round_trips.number
    ask()
    assert round_trips.number - before == 3 * (1 + len(event_ids) // scripts.PIPELINED)


def test_a_server_without_the_scripts_gets_them(real_gate: Gate, gate_event: Events, raw: redis.Redis) -> None:
    event = gate_event()
    raw.script_flush()
    assert real_gate.stored_events([event.event_id])[event.event_id]
    raw.script_flush()
    assert real_gate.pending_counts([event.event_id]) == {event.event_id: 0}


def test_how_long_the_keys_have_left(real_gate: Gate, gate_event: Events, raw: redis.Redis) -> None:
    endless, ended, mixed = gate_event(), gate_event(), gate_event()
    for event in (ended, mixed):
        real_gate.claim(event.event_id, "u", "a")
        real_gate.set_expiry({event.event_id: datetime.now(UTC) + DAY})
    raw.persist(codec.event_keys(mixed.event_id).pending)
    stored = real_gate.stored_events([endless.event_id, ended.event_id, mixed.event_id])
    left = [at and (at.shortest, at.longest) for at in stored.values()]
    assert left[0] == (None, None)
    assert left[1]
    assert all(DAY - timedelta(minutes=1) < one <= DAY for one in left[1] if one)
    assert left[2]
    assert left[2][0] is None, "one of its keys never expires"
    assert left[2][1] is not None


def test_pending_entries_are_counted_and_a_lost_event_is_no_idle_one(
    real_gate: Gate, gate_event: Events, raw: redis.Redis
) -> None:
    idle, busy, lost = gate_event(), gate_event(), gate_event()
    real_gate.claim(busy.event_id, "u", "a")
    raw.hset(codec.event_keys(lost.event_id).rules, "runId", "0" * 40)
    event_ids = [event.event_id for event in (idle, busy, lost)]
    assert list(real_gate.pending_counts(event_ids).values()) == [0, 1, None]


def test_refusals_of_a_lost_event_are_counted_for_a_minute(
    real_gate: Gate, gate_event: Events, raw: redis.Redis
) -> None:
    open_event, lost, blank = gate_event(), gate_event(), gate_event()
    raw.hset(codec.event_keys(lost.event_id).rules, "runId", "0" * 40)
    raw.delete(codec.event_keys(blank.event_id).rules)
    for _ in range(3):
        assert real_gate.claim(lost.event_id, "u", "a").verdict is Verdict.GATE_LOST
    assert real_gate.claim(blank.event_id, "u", "a").verdict is Verdict.GATE_LOST
    real_gate.claim(open_event.event_id, "u", "a")
    event_ids = [event.event_id for event in (open_event, lost, blank)]
    assert list(real_gate.refusals(event_ids).values()) == [0, 3, 1]
    assert 0 < raw.ttl(codec.refusals_key(lost.event_id)) <= 60


def test_an_unknown_event_leaves_nothing_behind(real_gate: Gate, gate_event: Events, raw: redis.Redis) -> None:
    gate_event()
    unknown = new_id()
    assert real_gate.claim(unknown, "u", "a").verdict is Verdict.UNKNOWN_EVENT
    assert raw.keys(f"*{unknown}*") == []
