"""Who comes in a rush, and how replies are counted."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.contract import Reply
from cli.generator import MAX_USERS, Tally, crowd


@given(st.integers(1, 300), st.integers(1, 400) | st.just(MAX_USERS), st.integers())
def test_everyone_comes_as_often_as_everyone_else(attempts: int, users: int, seed: int) -> None:
    came = Counter(attempt.user_id for attempt in crowd(attempts, users, seed))
    ids = [user for user in came if isinstance(user, int)]
    assert sum(came.values()) == attempts
    assert min(ids) >= 1
    assert max(ids) <= users
    assert len(came) == min(attempts, users)
    assert max(came.values()) - min(came.values()) <= 1


def test_the_seed_alone_decides_the_order() -> None:
    assert crowd(1000, 900, 1) == crowd(1000, 900, 1)
    assert crowd(1000, 900, 1) != crowd(1000, 900, 2)
    assert crowd(1000, 900, 1) != sorted(crowd(1000, 900, 1))


def test_attempts_are_counted_by_their_result() -> None:
    tally = Tally()
    for status, result in ((200, "SUCCESS"), (409, "DUPLICATE"), (429, "LIMIT_EXCEEDED"), (500, "HTTP 500")):
        tally.add(Reply("1", None, status, result))
    tally.add(Reply("2", None, 503, "PAUSED"))
    assert (tally.answered, tally.other, tally.winners) == (5, 2, 1)
    assert tally.unexpected == {"HTTP 500": 1, "PAUSED": 1}
    assert tally.verdicts() == {"success": 1, "duplicate": 1, "limitExceeded": 1, "other": 2}


def test_percentiles_are_by_nearest_rank_and_count_from_when_a_try_was_due() -> None:
    tally = Tally(started_at=0, ended_at=2)
    for milliseconds in reversed(range(1, 101)):
        answered_at = 1.0 + milliseconds / 1000
        tally.add(Reply("1", None, 429, "LIMIT_EXCEEDED", sent_at=1.0005, answered_at=answered_at, due_at=1.0))
    assert tally.percentiles_ms(50, 95, 99, 100) == pytest.approx([50, 95, 99, 100])
    assert tally.speed() == {"requestsPerS": 50, "p50Ms": 50, "p95Ms": 95, "p99Ms": 99}


def test_nothing_was_sent_in_no_time() -> None:
    assert Tally().percentiles_ms(50, 99) == [0, 0]
    assert Tally().requests_per_s == 0
