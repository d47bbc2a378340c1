"""The memory that the gate needs for a winner, and that it needs none for a loser."""

from itertools import batched

import pytest

from eventrush.models import Verdict
from tests.bench.conftest import OwnGate, claim_all
from tests.bench.load import Figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

WINNERS = 20_000
LOSERS = 100_000


def test_a_winner_takes_under_200_bytes_and_a_loser_none(own: OwnGate, figures: Figures) -> None:
    """Measured by MEMORY USAGE of every key of the event."""
    event_id = own.new_event(WINNERS)

    def used() -> int:
        keys = own.client.keys(f"*{event_id}*")
        return sum(own.client.memory_usage(key, samples=0) or 0 for key in keys)

    empty = used()
    winners = [entry.user_id for entry in claim_all(own.gate, event_id, WINNERS)]
    pending = used()
    for users in batched(winners, 1000, strict=False):
        own.gate.confirm(event_id, users)
    confirmed = used()
    for loser in range(LOSERS):
        assert own.gate.claim(event_id, f"loser-{loser}", "attempt").verdict is Verdict.LIMIT_EXCEEDED
    figures["gateMemory"] = {
        "bytesPerPendingWinner": round((pending - empty) / WINNERS, 1),
        "bytesPerConfirmedWinner": round((confirmed - empty) / WINNERS, 1),
        "bytesOf100000Losers": used() - confirmed,
    }
    assert figures["gateMemory"]["bytesPerConfirmedWinner"] < 200
    assert figures["gateMemory"]["bytesOf100000Losers"] == 0
