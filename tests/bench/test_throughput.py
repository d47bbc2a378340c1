"""Requests a second and processor time a request over HTTP, each subject in turns with the server alone."""

from functools import partial

import psutil
import pytest

from local.http_api import HttpApi
from tests.bench.load import SECONDS, Figures, Meter, Subject, in_turns, medians, ratios_to_raw

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

PERCENT = (50, 80)


@pytest.mark.usefixtures("warm")
def test_what_serving_an_idle_handler_costs_beside_the_server_alone(
    subjects: dict[str, Subject], meter: Meter, api: HttpApi, figures: Figures
) -> None:
    """Twice granian's processor time at most; and a crowd that comes too late hardly reaches Redis."""
    rounds = in_turns({name: partial(meter, subject) for name, subject in subjects.items()})
    figures["throughput"] = medians(rounds)
    figures["ratios"] |= ratios_to_raw(rounds)
    figures["workers"] = len(api.pids)
    figures["workerRssMib"] = round(max(psutil.Process(pid).memory_info().rss for pid in api.pids) / 2**20, 1)
    assert figures["workerRssMib"] < 120
    assert figures["ratios"]["idleToRaw"] <= 2
    remembered = figures["throughput"]["remembered"]
    assert remembered["gateCalls"] <= 1.2 * len(api.pids) / remembered["requestsPerS"] + 0.01


@pytest.mark.usefixtures("warm")
def test_latency_at_half_and_four_fifths_of_the_maximum(
    subjects: dict[str, Subject], meter: Meter, figures: Figures
) -> None:
    """In an open loop, which keeps its rate however slow the API is; the maximum is the closed loop's."""
    measures = {}
    for name in ("soldOut", "everyoneWins"):
        if name not in figures.get("throughput", {}):
            figures.setdefault("throughput", {})[name] = meter(subjects[name])
        for percent in PERCENT:
            rate = figures["throughput"][name]["requestsPerS"] * percent / 100
            measures[f"{name}{percent}"] = partial(meter, subjects[name], rate=rate)
    figures["openLoop"] = medians(in_turns(measures))
    for measured in figures["openLoop"].values():
        assert measured["dropped"] <= 0.01 * measured["requestsPerS"] * SECONDS, figures["openLoop"]
