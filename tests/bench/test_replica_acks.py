"""What it costs to have a replica hold a winning claim before it is answered."""

import time
from pathlib import Path
from statistics import median

import pytest

from eventrush.gate.gate import Gate
from eventrush.models import Event, Verdict
from eventrush.settings import GateSettings
from tests.bench.k6 import Figures
from tests.replica import redis_server, replica_of, url_of

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 10
CLAIMS = 500
EVENT = Event("acks", "An event", 2 * ROUNDS * CLAIMS)


def test_waiting_for_a_replica_is_measured_beside_not_waiting(tmp_path: Path, figures: Figures) -> None:
    """In turn, without and with: the median of the rounds' own ratios, so that the machine's moods cancel out."""
    folders = [tmp_path / name for name in ("primary", "replica")]
    for folder in folders:
        folder.mkdir()
    with redis_server(folders[0]) as primary, replica_of(primary, folders[1]):
        _measure(url_of(primary), figures)


def _measure(redis_url: str, figures: Figures) -> None:
    alone, acknowledged = (
        Gate.connect(GateSettings.from_env({"REDIS_URL": redis_url, "GATE_REPLICA_ACKS": acks})) for acks in ("0", "1")
    )
    alone.create(EVENT)

    def us_a_claim(door: Gate, name: str) -> float:
        started_at = time.perf_counter()
        for number in range(CLAIMS):
            outcome = door.claim(EVENT.event_id, f"{name}-{number}", "attempt")
            assert outcome.verdict is Verdict.SUCCESS
            assert outcome.durable
        return (time.perf_counter() - started_at) / CLAIMS * 1e6

    rounds = [(us_a_claim(alone, f"a{n}"), us_a_claim(acknowledged, f"b{n}")) for n in range(ROUNDS)]
    figures["claim_us"] = round(median(without for without, _ in rounds))
    figures["claim_with_replica_ack_us"] = round(median(with_ack for _, with_ack in rounds))
    figures["replica_ack_ratio"] = round(median(with_ack / without for without, with_ack in rounds), 2)
    assert figures["claim_with_replica_ack_us"] < 20_000
