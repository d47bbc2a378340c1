"""docs/performance.md has the figures of docs/bench.json, none typed by hand, and dollars follow from prices."""

import json
from pathlib import Path

from cli.cost import billed_ms, dollars_a_million
from tests.bench.page import BOUNDS, SECTIONS, render

DOCS = Path(__file__).parents[3] / "docs"
PRICES = {
    "lambdaArm64GbSecond": 0.00001,
    "lambdaMillionRequests": 0.2,
    "httpApiMillionRequests": 1.0,
    "memoryMbOfOneProcessor": 2000,
}


def test_the_tables_are_those_of_the_committed_figures() -> None:
    page, figures = (DOCS / "performance.md").read_text(), json.loads((DOCS / "bench.json").read_text())
    assert render(page, figures) == page, "run make plots"
    assert {name for name in SECTIONS if f"<!-- bench:{name} -->" in page} == set(SECTIONS)
    assert set(figures["ratios"]) == set(BOUNDS), "make bench-quick compares every ratio with a committed one"


def test_processor_time_grows_by_the_share_of_a_processor_and_waiting_does_not() -> None:
    assert billed_ms(1500, 1500, 2000, PRICES) == 2
    assert billed_ms(1000, 5000, 500, PRICES) == 8
    assert billed_ms(1000, 1000, 4000, PRICES) == 1, "a second processor does not help one thread"


def test_a_million_joins_cost_requests_and_memory_times_time() -> None:
    # A million times 4 ms of half a GB are 2,000 GB-seconds.
    assert dollars_a_million(4, 512, PRICES) == {"httpApi": 1.0, "requests": 0.2, "gbSeconds": 0.02, "total": 1.22}
