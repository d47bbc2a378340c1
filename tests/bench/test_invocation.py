"""An invocation in process: its processor time beside a PING of Redis, and what AWS bills for it."""

from statistics import median

import pytest

from cli.cost import PRICES, billed_ms, dollars_a_million, gb_second_dollars
from local import template
from tests.bench.invocation import init, ratios_to_ping
from tests.bench.load import ROUNDS, Figures

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]


def test_what_a_verdict_costs_beside_a_ping(in_process: Figures, figures: Figures) -> None:
    """Processor time in the same process: 2.5 pings for a loser, 1 from memory, 3 for a winner without Kafka."""
    figures["invocation"] = in_process
    ratios = ratios_to_ping(in_process)
    figures["ratios"] |= ratios
    assert ratios["loserToPing"] <= 2.5
    assert ratios["rememberedToPing"] <= 1
    assert ratios["winnerWithoutKafkaToPing"] <= 3


def test_what_aws_bills(in_process: Figures, settings: dict[str, str], figures: Figures) -> None:
    """Neither loser costs more than a winner."""
    memory_mb = template.load().api().memory_mb
    inits = [init(settings) for _ in range(ROUNDS)]
    started = {name: median(one[name] for one in inits) for name in inits[0]}
    kinds = {}
    for kind in ("loser", "remembered", "winner"):
        ms = billed_ms(in_process[kind]["processorUs"], in_process[kind]["wallUs"], memory_mb)
        kinds[kind] = {"billedMs": ms, **dollars_a_million(ms, memory_mb)}
    init_ms = billed_ms(started["processorMs"] * 1000, started["wallMs"] * 1000, memory_mb)
    figures["cost"] = {
        "pricesAsOf": PRICES["asOf"],
        "memoryMb": memory_mb,
        **kinds,
        "init": {**started, "billedMs": init_ms, "thousand": round(gb_second_dollars(1000 * init_ms, memory_mb), 4)},
    }
    assert max(kinds["remembered"]["total"], kinds["loser"]["total"]) <= kinds["winner"]["total"]
