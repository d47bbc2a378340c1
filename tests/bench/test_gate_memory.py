"""The memory that the gate needs for a winner, and that it needs none for a loser."""

from collections.abc import Callable

import pytest
import redis

from admin.service import Admin
from cli.environment import environment
from eventrush.models import Verdict
from local.servers import Stack
from tests.bench.load import Figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

WINNERS = 20_000
LOSERS = 100_000


def test_a_winner_takes_under_200_bytes_and_a_loser_none(
    stack: Stack, admin: Admin, new_event: Callable[[int], str], figures: Figures
) -> None:
    """Measured by MEMORY USAGE of every key of the event."""
    event_id = new_event(WINNERS)
    with redis.Redis.from_url(environment(stack)["REDIS_URL"]) as client:

        def used() -> int:
            keys = client.keys(f"*{event_id}*")
            return sum(client.memory_usage(key, samples=0) or 0 for key in keys)

        empty = used()
        winners = [str(user) for user in range(1, WINNERS + 1)]
        for user in winners:
            # As long as API Gateway's request ids.
            assert admin.gate.claim(event_id, user, f"JKJaXmPLvH{user:0>6}").verdict is Verdict.SUCCESS
        pending = used()
        for start in range(0, WINNERS, 1000):
            admin.gate.confirm(event_id, winners[start : start + 1000])
        confirmed = used()
        for loser in range(WINNERS + 1, WINNERS + LOSERS + 1):
            assert admin.gate.claim(event_id, str(loser), "attempt").verdict is Verdict.LIMIT_EXCEEDED
        figures["gateMemory"] = {
            "bytesPerPendingWinner": round((pending - empty) / WINNERS, 1),
            "bytesPerConfirmedWinner": round((confirmed - empty) / WINNERS, 1),
            "bytesOf100000Losers": used() - confirmed,
        }
        assert figures["gateMemory"]["bytesPerConfirmedWinner"] < 200
        assert figures["gateMemory"]["bytesOf100000Losers"] == 0
