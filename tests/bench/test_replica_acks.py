"""What it costs to have a replica hold a winning claim before it is answered."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest
import redis

from eventrush import gate
from eventrush.gate import Gate
from eventrush.settings import GateSettings
from eventrush.verdict import Verdict
from local.stack import Stack
from tests.bench.k6 import Figures
from tests.replica import replica_of

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 10
CLAIMS = 500


@pytest.fixture
def replica(stack: Stack, tmp_path: Path) -> Iterator[None]:
    with redis.Redis.from_url(stack.environ["REDIS_URL"]) as primary, replica_of(primary, tmp_path):
        yield


@pytest.mark.usefixtures("replica")
def test_waiting_for_a_replica_is_measured_beside_not_waiting(
    stack: Stack, new_event: Callable[[int], str], figures: Figures
) -> None:
    """In turn, without and with: the median of the rounds' own ratios, so that the machine's moods cancel out."""
    event_id = new_event(2 * ROUNDS * CLAIMS)
    alone, acknowledged = (
        gate.connect(GateSettings.from_env({**stack.environ, "GATE_REPLICA_ACKS": acks})) for acks in ("0", "1")
    )

    def us_a_claim(door: Gate, name: str) -> float:
        started_at = time.perf_counter()
        for number in range(CLAIMS):
            outcome = door.claim(event_id, f"{name}-{number}", "attempt")
            assert outcome.verdict is Verdict.SUCCESS
            assert outcome.durable
        return (time.perf_counter() - started_at) / CLAIMS * 1e6

    rounds = [(us_a_claim(alone, f"a{n}"), us_a_claim(acknowledged, f"b{n}")) for n in range(ROUNDS)]
    figures["claim_us"] = round(median(without for without, _ in rounds))
    figures["claim_with_replica_ack_us"] = round(median(with_ack for _, with_ack in rounds))
    figures["replica_ack_ratio"] = round(median(with_ack / without for without, with_ack in rounds), 2)
    assert figures["claim_with_replica_ack_us"] < 20_000
