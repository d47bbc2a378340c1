"""What an environment remembers of a real gate: its filter of winners, and the waits of changes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.environment import environment
from eventrush.errors import EntryHiddenError
from eventrush.gate.codec import event_keys
from eventrush.gate.gate import Gate
from eventrush.gate.remembered import LEASE_WAIT_S, MAX_PENDING, Version, Winners, filter_bits
from eventrush.models import Entry, Event, EventState, Verdict
from eventrush.settings import GateSettings
from local.servers import Stack
from tests.integration.conftest import Events, new_id
from tests.waiting import until

LIMIT = Verdict.LIMIT_EXCEEDED
USER_IDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)


@pytest.fixture
def gate(stack: Stack) -> Iterator[Gate]:
    """Yield a gate as an environment has it: it remembers, and its changes wait."""
    gate = Gate.connect(GateSettings.from_env(environment(stack) | {"GATE_TIMEOUT_MS": "2000"}))
    yield gate
    gate.close()


def claim(gate: Gate, event: Event, *users: str) -> list[Verdict]:
    return [gate.claim(event.event_id, user_id, f"a-{user_id}").verdict for user_id in users]


def recalled(gate: Gate, event: Event, user_id: str) -> Verdict | None:
    outcome = gate.recall(event.event_id, user_id)
    return outcome.verdict if outcome else None


def test_a_confirmed_entry_moves_into_the_filter(gate: Gate, gate_event: Events) -> None:
    event = gate_event(3)
    claim(gate, event, "u", "v", "w")
    before = gate.winners(event.event_id)
    gate.confirm(event.event_id, ["v"])
    after = gate.winners(event.event_id)
    assert before
    assert after
    assert before.version == after.version == Version(1, 3)
    assert sorted(before.pending) == [b"u", b"v", b"w"]
    assert sorted(after.pending) == [b"u", b"w"]
    assert only_filter(after).may_contain("v"), "it is in the filter"
    gate.confirm(event.event_id, ["v", "nobody"])
    assert gate.winners(event.event_id) is not None, "confirming again counts nothing twice"


def only_filter(winners: Winners) -> Winners:
    """Return only the filter."""
    return winners._replace(pending=frozenset())


def test_a_refusal_is_recalled_for_losers_only(gate: Gate, gate_event: Events) -> None:
    event = gate_event(2)
    claim(gate, event, "u", "v")
    gate.confirm(event.event_id, ["v"])
    assert recalled(gate, event, "w") is None
    assert claim(gate, event, "w") == [LIMIT]
    assert [recalled(gate, event, user_id) for user_id in ("u", "v", "w", "x")] == [None, None, LIMIT, LIMIT]


def test_a_deleted_filter_is_not_made_again(gate: Gate, raw: redis.Redis, gate_event: Events) -> None:
    """It would lack who was confirmed before."""
    event = gate_event(2)
    claim(gate, event, "u", "v")
    gate.confirm(event.event_id, ["u"])
    raw.delete(event_keys(event.event_id).confirmed)
    assert gate.winners(event.event_id) is None
    gate.confirm(event.event_id, ["v"])
    assert not raw.exists(event_keys(event.event_id).confirmed)
    assert claim(gate, event, "w") == [LIMIT]
    assert recalled(gate, event, "w") is None, "the gate is asked"


def test_an_entry_that_is_neither_pending_nor_in_the_filter_is_noticed(
    gate: Gate, raw: redis.Redis, gate_event: Events
) -> None:
    event = gate_event(2)
    claim(gate, event, "u", "v")
    raw.zrem(event_keys(event.event_id).pending, "v")
    assert gate.winners(event.event_id) is None


def test_more_pending_entries_than_can_be_named_are_not_read(gate: Gate, gate_event: Events) -> None:
    event = gate_event(MAX_PENDING + 1)
    users = [f"u{number}" for number in range(MAX_PENDING + 1)]
    claim(gate, event, *users)
    assert gate.winners(event.event_id) is None
    gate.confirm(event.event_id, users[:1])
    assert gate.winners(event.event_id) is not None


def test_a_closed_gate_tells_no_winners(gate: Gate, gate_event: Events) -> None:
    event = gate_event(1)
    claim(gate, event, "u")
    gate.rebuild_session(event.event_id).freeze()
    assert gate.winners(event.event_id) is None


@pytest.mark.parametrize("has_filter", [True, False])
def test_a_rebuild_makes_a_complete_filter(
    gate: Gate, raw: redis.Redis, gate_event: Events, *, has_filter: bool
) -> None:
    """Under the new epoch, of the entries that it finds recorded; what was refused before is not recalled."""
    event = gate_event(3)
    entries = [entry for user in "uvw" if (entry := gate.claim(event.event_id, user, "a").entry)]
    gate.confirm(event.event_id, ["u", "v"])
    assert claim(gate, event, "x") == [LIMIT]
    assert recalled(gate, event, "x") is LIMIT
    if not has_filter:
        raw.delete(event_keys(event.event_id).confirmed)
    session = gate.rebuild_session(event.event_id)
    session.freeze()
    rebuilt = replace(event, epoch=2)
    session.create_filter(rebuilt)
    session.put_recorded(entries[:2], 2)
    session.put_pending([(entries[2], datetime.now(UTC))], 2)
    session.reopen(rebuilt, 3, [], None)
    winners = gate.winners(event.event_id)
    assert winners
    assert (winners.version, *winners.pending) == (Version(2, 3), b"w")
    assert [only_filter(winners).may_contain(user) for user in "uvwx"] == [True, True, False, False]
    assert claim(gate, event, "x") == [LIMIT]
    assert [recalled(gate, event, user) for user in "uvwx"] == [None, None, None, LIMIT]


CHANGES = {
    "more seats": ({"capacity": 2}, Verdict.SUCCESS),
    "a closing": ({"state": EventState.CLOSED}, Verdict.CLOSED),
    "an opening time": ({"opens_at": datetime(2100, 1, 1, tzinfo=UTC)}, Verdict.NOT_OPEN),
}


@pytest.mark.parametrize(("changes", "verdict"), CHANGES.values(), ids=CHANGES)
def test_a_change_counts_after_its_wait(
    gate: Gate, gate_event: Events, changes: dict[str, object], verdict: Verdict
) -> None:
    event = gate_event(1)
    assert claim(gate, event, "u", "w") == [Verdict.SUCCESS, LIMIT]
    started = time.monotonic()
    gate.configure(replace(event, **changes))  # type: ignore[arg-type]
    assert claim(gate, event, "w", "u") == [Verdict.PAUSED, Verdict.SUCCESS], "a winner has a seat meanwhile"
    until(lambda: claim(gate, event, "w") == [verdict])
    assert LEASE_WAIT_S <= time.monotonic() - started < LEASE_WAIT_S + 1


def test_no_change_shortens_a_wait(gate: Gate, gate_event: Events) -> None:
    event = gate_event(2)
    started = time.monotonic()
    gate.configure(replace(event, state=EventState.CLOSED))
    gate.configure(replace(event, state=EventState.CLOSED, name="Another name"))
    assert claim(gate, event, "u") == [Verdict.PAUSED]
    until(lambda: claim(gate, event, "u") == [Verdict.CLOSED])
    assert time.monotonic() - started >= LEASE_WAIT_S


def test_more_seats_count_at_once_while_seats_are_left(gate: Gate, gate_event: Events) -> None:
    event = gate_event(2)
    claim(gate, event, "u")
    gate.configure(replace(event, capacity=3))
    assert claim(gate, event, "v", "w", "x") == [Verdict.SUCCESS, Verdict.SUCCESS, LIMIT]


def test_a_reclaimed_entry_counts_after_a_wait(gate: Gate, gate_event: Events) -> None:
    event = gate_event(2)
    entry = Entry(event.event_id, "late", 1, datetime.now(UTC), 0, "a-late")
    started = time.monotonic()
    assert gate.reclaim([entry]).owned == [True]
    assert claim(gate, event, "late", "other") == [Verdict.PAUSED, Verdict.SUCCESS]
    with pytest.raises(EntryHiddenError):
        gate.entry(event.event_id, "late")
    assert gate.winners(event.event_id) == Winners(
        Version(1, 2), bytes([0, 0, 0, 1]) + bytes(4 + filter_bits(2) // 8), frozenset({b"late", b"other"})
    )
    until(lambda: claim(gate, event, "late") == [Verdict.SUCCESS])
    assert LEASE_WAIT_S <= time.monotonic() - started < LEASE_WAIT_S + 1
    assert gate.entry(event.event_id, "late")


@pytest.mark.parametrize("setting", [{"GATE_REMEMBER": "off"}, {"GATE_IDENTITY": "blank"}])
def test_nothing_is_remembered_where_a_setting_says_so(stack: Stack, setting: dict[str, str]) -> None:
    gate = Gate.connect(GateSettings.from_env(environment(stack) | {"GATE_TIMEOUT_MS": "2000"} | setting))
    try:
        event = Event(new_id(), "An event", 1)
        assert gate.create(event)
        assert claim(gate, event, "u", "w") == [Verdict.SUCCESS, LIMIT]
        assert recalled(gate, event, "w") is None
    finally:
        gate.close()


def test_a_sold_out_crowd_hardly_reaches_redis(gate: Gate, raw: redis.Redis, gate_event: Events) -> None:
    """One call a second, one read of the winners, and the losers that the filter takes for winners."""
    seats, attempts = 10_000, 20_000
    event = gate_event(seats)
    winners = [f"winner-{number}" for number in range(seats)]
    assert set(claim(gate, event, *winners)) == {Verdict.SUCCESS}
    gate.confirm(event.event_id, winners)
    before, started = calls_of(raw), time.monotonic()
    for number in range(attempts):
        user_id = f"loser-{number}"
        if recalled(gate, event, user_id) is not LIMIT:
            assert claim(gate, event, user_id) == [LIMIT]
    calls, seconds = calls_of(raw) - before, time.monotonic() - started
    assert calls <= 1.2 * max(seconds, 1) + attempts / 100


def calls_of(raw: redis.Redis) -> int:
    """Return how many scripts this server has run."""
    return int(raw.info("commandstats")["cmdstat_evalsha"]["calls"])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(USER_IDS, min_size=1, max_size=200), st.integers(1, 5000))
def test_no_winner_is_missing_from_the_filter(gate: Gate, users: set[str], spare: int) -> None:
    event = Event(new_id(), "An event", len(users) + spare)
    assert gate.create(event)
    claim(gate, event, *users)
    gate.confirm(event.event_id, sorted(users))
    winners = gate.winners(event.event_id)
    assert winners
    assert not winners.pending
    assert all(winners.may_contain(user_id) for user_id in users)


def test_a_full_filter_takes_at_most_one_of_a_hundred_losers_for_a_winner(gate: Gate, gate_event: Events) -> None:
    event = gate_event(5000)
    users = [f"winner-{number}" for number in range(5000)]
    claim(gate, event, *users)
    gate.confirm(event.event_id, users)
    winners = gate.winners(event.event_id)
    assert winners
    mistaken = sum(winners.may_contain(f"loser-{number}") for number in range(100_000))
    assert 0 < mistaken <= 1000


class TestALargeFilter:
    """It is read in parts, between which anything may happen."""

    @pytest.fixture
    def event(self, gate: Gate, gate_event: Events) -> Event:
        """Return an event of 100,000 seats, of which two are taken, one of them confirmed."""
        event = gate_event(100_000)
        assert filter_bits(event.capacity) > 8 * 2**17
        claim(gate, event, "u", "v")
        gate.confirm(event.event_id, ["u"])
        return event

    def test_every_part_is_read(self, gate: Gate, raw: redis.Redis, event: Event) -> None:
        winners = gate.winners(event.event_id)
        assert winners
        assert winners.confirmed == raw.get(event_keys(event.event_id).confirmed)

    def test_nobody_is_missing_who_is_confirmed_meanwhile(
        self, gate: Gate, event: Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        winners = read_while(gate, event, monkeypatch, lambda: gate.confirm(event.event_id, ["v"]))
        assert winners
        assert winners.version == Version(1, 2)
        assert [winners.may_contain(user_id) for user_id in ("u", "v", "w")] == [True, True, False]

    @pytest.mark.parametrize("loss", ["evict", "freeze", "rebuild"])
    def test_a_filter_that_is_lost_meanwhile_is_not_used(
        self, gate: Gate, raw: redis.Redis, event: Event, monkeypatch: pytest.MonkeyPatch, loss: str
    ) -> None:
        keys, session = event_keys(event.event_id), gate.rebuild_session(event.event_id)

        def lose() -> None:
            if loss == "evict":
                raw.delete(keys.confirmed)
                return
            session.freeze()
            if loss == "rebuild":
                session.create_filter(replace(event, epoch=2))
                session.reopen(replace(event, epoch=2), 2, [], None)

        assert read_while(gate, event, monkeypatch, lose) is None


def read_while(gate: Gate, event: Event, patch: pytest.MonkeyPatch, act: Callable[[], object]) -> Winners | None:
    """Read the winners, and do this after the first part."""
    call = gate.scripts.call

    def call_and_act(name: str, *arguments: Any) -> Any:
        reply = call(name, *arguments)
        if name == "winners":
            act()
        return reply

    with patch.context() as patched:
        patched.setattr(gate.scripts, "call", call_and_act)
        return gate.winners(event.event_id)
