"""Requests a second through the HTTP API, side by side with a handler that does nothing."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from uuid import uuid4

import psutil
import pytest

from cli.environment import environment, kafka_options
from local import template
from local.application import application
from local.http_api import HttpApi
from local.servers import Stack
from tests.bench.conftest import ROOT, Figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 5
SECONDS = 4
MANY = 2**31 - 1


@dataclass(frozen=True)
class K6:
    """k6, and the directory of its summaries."""

    program: str
    directory: Path

    def __call__(self, url: str, event_id: str, duration_s: int, users: int = 10_000) -> Figures:
        """Load an API from 100 clients without pauses and return the figures of tests/load/rush.js."""
        summary = self.directory / f"{uuid4().hex}.json"
        settings = {"API_URL": url, "EVENT_ID": event_id, "DURATION": f"{duration_s}s", "USERS": str(users)}
        subprocess.run(  # noqa: S603 - it fails where thresholds are broken, and a handler that does nothing breaks them
            [self.program, "run", "--quiet", str(ROOT / "tests" / "load" / "rush.js")],
            env={**os.environ, **settings, "PAUSE": "0", "VUS": "100", "SUMMARY": str(summary)},
            check=False,
            capture_output=True,
            timeout=duration_s + 60,
        )
        figures: Figures = json.loads(summary.read_text())
        return figures


@pytest.fixture
def k6(tmp_path: Path) -> K6:
    program = shutil.which("k6", path=f"{ROOT / '.local' / 'bin'}:{os.environ['PATH']}")
    if program is None:
        pytest.fail("k6 is not installed; `local/setup.sh k6` builds it.")
    return K6(program, tmp_path)


@pytest.fixture(scope="module")
def api(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpApi]:
    with application(
        environment(stack), tmp_path_factory.mktemp("logs"), **kafka_options(environment(stack))
    ) as running:
        yield running


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[HttpApi]:
    """Serve a handler that does nothing in the same way."""
    function = replace(template.load().api(), handler="tests.handlers.idle.lambda_handler")
    with HttpApi(function, log=tmp_path / "idle.log") as running:
        yield running


def test_a_verdict_costs_little_beside_serving_a_request(
    api: HttpApi, idle: HttpApi, k6: K6, new_event: Callable[[int], str], figures: Figures
) -> None:
    """At least 0.35 of the idle handler's throughput when sold out, 0.15 when everyone wins and Kafka acknowledges."""
    sold_out, open_to_all = new_event(1), new_event(MANY)
    for _ in range(2):  # first calls, first connections, and the one seat
        k6(api.url, sold_out, 2)
        k6(api.url, open_to_all, 2, MANY)
        k6(idle.url, sold_out, 2)
    rounds = []
    for _ in range(ROUNDS):
        nothing = k6(idle.url, sold_out, SECONDS)
        lost = k6(api.url, sold_out, SECONDS)
        won = k6(api.url, open_to_all, SECONDS, MANY)
        assert lost["success"] == lost["other"] == 0
        assert won["other"] == won["accepted"] == 0
        rounds.append({"idle": nothing, "soldOut": lost, "everyoneWins": won})
    figures["rounds"] = rounds

    def ratio(kind: str) -> float:
        return float(median(one[kind]["requestsPerS"] / one["idle"]["requestsPerS"] for one in rounds))

    figures["soldOutRatio"] = round(ratio("soldOut"), 3)
    figures["everyoneWinsRatio"] = round(ratio("everyoneWins"), 3)
    figures["workerRssMib"] = [round(psutil.Process(pid).memory_info().rss / 2**20, 1) for pid in api.pids]
    assert figures["soldOutRatio"] >= 0.35
    assert figures["everyoneWinsRatio"] >= 0.15
    assert max(figures["workerRssMib"]) < 120
