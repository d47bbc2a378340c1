"""Many concurrent claims: every seat is given once, and losers use no memory."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import batched, count, groupby

import redis

from cli.environment import environment
from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.models import EventState, Outcome, Verdict
from local.servers import Stack
from tests.deliveries import an_entry
from tests.integration.conftest import Events, connected, new_id
from tests.waiting import until

type Attempt = tuple[str, str, str]  # event, user, attempt


@contextmanager
def four_gates(stack: Stack) -> Iterator[list[Gate]]:
    """Yield four gates for up to fifty threads each, with a long time-out for a busy machine."""
    with ExitStack() as gates:
        yield [gates.enter_context(connected(environment(stack) | {"GATE_TIMEOUT_MS": "5000"})) for _ in range(4)]


def test_two_hundred_concurrent_users_get_exactly_fifty_seats(stack: Stack, gate_event: Events) -> None:
    event = gate_event(50)
    with four_gates(stack) as gates, ThreadPoolExecutor(200) as pool:
        outcomes = list(pool.map(lambda user: gates[user % 4].claim(event.event_id, str(user), "a"), range(200)))
    assert Counter(outcome.verdict for outcome in outcomes) == {Verdict.SUCCESS: 50, Verdict.LIMIT_EXCEEDED: 150}
    assert sorted(outcome.entry.seat_no for outcome in outcomes if outcome.entry) == list(range(1, 51))


def test_concurrent_attempts_of_one_user_get_one_seat(stack: Stack, gate_event: Events) -> None:
    event = gate_event(50)
    with four_gates(stack) as gates, ThreadPoolExecutor(100) as pool:
        outcomes = list(pool.map(lambda number: gates[number % 4].claim(event.event_id, "w", str(number)), range(100)))
    assert Counter(outcome.verdict for outcome in outcomes) == {Verdict.SUCCESS: 1, Verdict.DUPLICATE: 99}
    assert {outcome.entry.seat_no for outcome in outcomes if outcome.entry} == {1}


def test_a_claim_is_pending_since_its_request_time(raw: redis.Redis, real_gate: Gate, gate_event: Events) -> None:
    """One script writes entry and pending, so that no crash can separate them."""
    event = gate_event()
    outcome = real_gate.claim(event.event_id, "w", "a")
    assert outcome.entry is not None
    score = raw.zscore(codec.event_keys(event.event_id).pending, "w")
    assert score == outcome.entry.request_time.timestamp() * 1_000_000


def claim_all(raw: redis.Redis, attempts: Iterable[Attempt]) -> Counter[Verdict]:
    """Run claim.lua for these attempts, thousands in one round trip."""
    claim = raw.register_script(resources.files("eventrush.gate").joinpath("claim.lua").read_text())
    run_id = raw.info("server")["run_id"]
    verdicts: Counter[Verdict] = Counter()
    for batch in batched(attempts, 5000, strict=False):
        with raw.pipeline(transaction=False) as pipeline:
            for event_id, user_id, attempt_id in batch:
                claim(keys=codec.event_keys(event_id), args=(run_id, user_id, attempt_id), client=pipeline)
            verdicts.update(Verdict(reply[0]) for reply in pipeline.execute())
    return verdicts


def key_sizes(raw: redis.Redis, event_ids: Iterable[str]) -> dict[str, tuple[int, int | None]]:
    """Return the number of members of each key, and its bytes."""
    sizes = {}
    for event_id in event_ids:
        family = codec.event_keys(event_id)
        for key, size in ((family.rules, raw.hlen), (family.entries, raw.hlen), (family.pending, raw.zcard)):
            sizes[key] = size(key), raw.memory_usage(key, samples=0)
        sizes[family.free] = raw.llen(family.free), raw.memory_usage(family.free, samples=0)
    return sizes


def test_a_hundred_thousand_losers_leave_nothing_behind(raw: redis.Redis, real_gate: Gate, gate_event: Events) -> None:
    sold_out, closed, paused = gate_event(3), gate_event(3, state=EventState.CLOSED), gate_event(3)
    later = gate_event(3, opens_at=datetime(2100, 1, 1, tzinfo=UTC))
    real_gate.configure(replace(paused, state=EventState.PAUSED))
    claim_all(raw, [(sold_out.event_id, f"winner-{seat}", "a") for seat in range(3)])
    events, unknown = [sold_out.event_id, closed.event_id, paused.event_id, later.event_id], new_id()
    keys_before, sizes_before = raw.dbsize(), key_sizes(raw, [*events, unknown])

    verdicts = claim_all(raw, ((sold_out.event_id, f"loser-{user}", f"a-{user}") for user in range(75_000)))
    for event_id in (closed.event_id, paused.event_id, later.event_id, unknown):
        verdicts += claim_all(raw, ((event_id, f"loser-{user}", f"a-{user}") for user in range(5_000)))
    verdicts += claim_all(raw, ((sold_out.event_id, "winner-1", f"again-{attempt}") for attempt in range(5_000)))

    assert verdicts == {
        Verdict.LIMIT_EXCEEDED: 75_000,
        Verdict.CLOSED: 5_000,
        Verdict.PAUSED: 5_000,
        Verdict.NOT_OPEN: 5_000,
        Verdict.UNKNOWN_EVENT: 5_000,
        Verdict.DUPLICATE: 5_000,
    }
    assert (raw.dbsize(), key_sizes(raw, [*events, unknown])) == (keys_before, sizes_before)


def test_a_confirmed_winner_uses_less_than_two_hundred_bytes(
    raw: redis.Redis, real_gate: Gate, gate_event: Events
) -> None:
    event, winners = gate_event(10_000), 10_000
    users = [f"{user:08d}-8a3f-4ac2-9a39-5a5cf6b1f0a1" for user in range(winners)]
    claim_all(raw, [(event.event_id, user, f"attempt-{user}"[:36]) for user in users])
    for batch in batched(users, 1000, strict=True):
        assert real_gate.confirm(event.event_id, batch) == 1000
    sizes = key_sizes(raw, [event.event_id]).values()
    assert sum(bytes_ or 0 for _, bytes_ in sizes) / winners < 200


def test_an_event_opens_and_closes_by_the_server_s_clock(real_gate: Gate, gate_event: Events) -> None:
    event, users = gate_event(10_000), count()
    facts = real_gate.facts(event.event_id)
    assert facts is not None
    opens = facts.server_time + timedelta(seconds=1)
    closes = opens + timedelta(seconds=1)
    real_gate.configure(replace(event, opens_at=opens, closes_at=closes))

    outcomes: list[Outcome] = []

    def closed() -> bool:
        outcomes.append(real_gate.claim(event.event_id, f"u-{next(users)}", "a"))
        return outcomes[-1].verdict is Verdict.CLOSED

    until(closed)
    verdicts = [verdict for verdict, _ in groupby(outcome.verdict for outcome in outcomes)]
    assert verdicts == [Verdict.NOT_OPEN, Verdict.SUCCESS, Verdict.CLOSED]
    assert 0 < outcomes[0].changes_in_s <= 1
    assert all(opens <= outcome.entry.request_time < closes for outcome in outcomes if outcome.entry)


def test_pending_users_without_an_entry_do_not_hide_overdue_entries(
    real_gate: Gate, raw: redis.Redis, gate_event: Events
) -> None:
    event = gate_event()
    real_gate.claim(event.event_id, "w", "a")
    pending = codec.event_keys(event.event_id).pending
    raw.zadd(pending, {"w": 2} | {f"orphan-{number}": 1 for number in range(600)})
    overdue = real_gate.take_overdue(event.event_id, datetime.now(UTC), limit=500)
    assert [entry.user_id for entry in overdue.entries] == ["w"]
    assert raw.zcard(pending) == 1


def test_a_seat_far_above_the_counter_is_reclaimed_in_short_scripts(
    real_gate: Gate, raw: redis.Redis, gate_event: Events
) -> None:
    event = gate_event(100_000)
    calls = raw.info("commandstats")["cmdstat_evalsha"]["calls"]
    assert real_gate.reclaim([an_entry(event.event_id, 1), an_entry(event.event_id, 95_000)]).owned == [True, True]
    facts = real_gate.facts(event.event_id)
    assert facts is not None
    assert (facts.issued, facts.free, facts.pending) == (95_000, 94_998, 2)
    assert raw.info("commandstats")["cmdstat_evalsha"]["calls"] >= calls + 10, "10,000 seats a call at most"
