"""Requests a second through the front, side by side with a handler that does nothing."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import psutil
import pytest

from cli.application import application
from local import template
from local.front import Front
from local.servers import Stack
from tests.bench.k6 import K6, Figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ROUNDS = 5
SECONDS = 4
MANY = 2**31 - 1


@pytest.fixture(scope="module")
def front(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with application(stack.environ, tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Front]:
    """Put the same front before a handler that does nothing."""
    function = dataclasses.replace(template.load().api(), handler="local.front.idle.lambda_handler")
    with Front(function, log=tmp_path / "idle.log") as running:
        yield running


def test_a_verdict_costs_little_beside_the_front(
    front: Front, idle: Front, k6: K6, new_event: Callable[[int], str], figures: Figures
) -> None:
    """Of an idle front's throughput at least 0.35 when sold out, 0.15 when everyone wins, each acknowledged."""
    sold_out, open_to_all = new_event(1), new_event(MANY)
    for _ in range(2):  # first calls, first connections, and the one seat
        k6(front.url, sold_out, 2)
        k6(front.url, open_to_all, 2, MANY)
        k6(idle.url, sold_out, 2)
    rounds = []
    for _ in range(ROUNDS):
        nothing = k6(idle.url, sold_out, SECONDS)
        lost = k6(front.url, sold_out, SECONDS)
        won = k6(front.url, open_to_all, SECONDS, MANY)
        assert lost["success"] == lost["other"] == 0
        assert won["other"] == won["accepted"] == 0
        rounds.append({"idle": nothing, "sold_out": lost, "everyone_wins": won})
    figures["rounds"] = rounds

    def ratio(kind: str) -> float:
        return float(median(one[kind]["requests_per_s"] / one["idle"]["requests_per_s"] for one in rounds))

    figures["sold_out_ratio"] = round(ratio("sold_out"), 3)
    figures["everyone_wins_ratio"] = round(ratio("everyone_wins"), 3)
    figures["worker_rss_mib"] = [round(psutil.Process(pid).memory_info().rss / 2**20, 1) for pid in front.pids]
    assert figures["sold_out_ratio"] >= 0.35
    assert figures["everyone_wins_ratio"] >= 0.15
    assert max(figures["worker_rss_mib"]) < 120
