"""What it costs to wait until a replica has a winning claim."""

import time
from pathlib import Path
from statistics import median

import pytest

from eventrush.gate.gate import Gate
from eventrush.models import Event, Verdict
from eventrush.settings import GateSettings
from tests.bench.load import Figures
from tests.replica import redis_server, replica_of, url_of

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 10
CLAIMS = 500
EVENT = Event("acks", "An event", 2 * ROUNDS * CLAIMS)


def test_waiting_for_a_replica_is_measured_beside_not_waiting(tmp_path: Path, figures: Figures) -> None:
    """Measure without and with in turns: the median of the rounds' ratios does not depend on a slow moment."""
    folders = [tmp_path / name for name in ("primary", "replica")]
    for folder in folders:
        folder.mkdir()
    with redis_server(folders[0]) as primary, replica_of(primary, folders[1]):
        _measure(url_of(primary), figures)


def _measure(redis_url: str, figures: Figures) -> None:
    without_acks, with_acks = (
        Gate.connect(GateSettings.from_env({"REDIS_URL": redis_url, "GATE_REPLICA_ACKS": acks})) for acks in ("0", "1")
    )
    without_acks.create(EVENT)

    def us_per_claim(measured: Gate, name: str) -> float:
        started_at = time.perf_counter()
        for number in range(CLAIMS):
            outcome = measured.claim(EVENT.event_id, f"{name}-{number}", "attempt")
            assert outcome.verdict is Verdict.SUCCESS
            assert outcome.durable
        return (time.perf_counter() - started_at) / CLAIMS * 1e6

    rounds = [(us_per_claim(without_acks, f"a{n}"), us_per_claim(with_acks, f"b{n}")) for n in range(ROUNDS)]
    figures["replicaAcks"] = {
        "withoutUs": round(median(without for without, _ in rounds)),
        "withAckUs": round(median(with_ack for _, with_ack in rounds)),
        "ratio": round(median(with_ack / without for without, with_ack in rounds), 2),
    }
    assert figures["replicaAcks"]["withAckUs"] < 20_000
