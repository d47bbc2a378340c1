"""Dollars a million joins, from measured times and the list prices in prices.json."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

PRICES: Final[Mapping[str, Any]] = json.loads(Path(__file__).with_name("prices.json").read_text())


def billed_ms(processor_us: float, wall_us: float, memory_mb: int, prices: Mapping[str, Any] = PRICES) -> int:
    """Return the milliseconds that Lambda bills for one invocation, which it rounds up.

    Lambda gives a function processor time in proportion to its memory, so the processor time grows by that share; the
    time that it waits does not.
    """
    share: float = min(1.0, memory_mb / prices["memoryMbOfOneProcessor"])
    waiting_us = max(0.0, wall_us - processor_us)
    return math.ceil((processor_us / share + waiting_us) / 1000)


def gb_second_dollars(ms: float, memory_mb: int, prices: Mapping[str, Any] = PRICES) -> float:
    """Return the price of so many milliseconds of a function."""
    return float(ms / 1000 * memory_mb / 1024 * prices["lambdaArm64GbSecond"])


def dollars_a_million(ms: int, memory_mb: int, prices: Mapping[str, Any] = PRICES) -> dict[str, float]:
    """Return what a million joins of so many billed milliseconds cost: the API's requests, Lambda's, its GB-seconds."""
    parts = {
        "httpApi": prices["httpApiMillionRequests"],
        "requests": prices["lambdaMillionRequests"],
        "gbSeconds": gb_second_dollars(1_000_000 * ms, memory_mb, prices),
    }
    return {name: round(dollars, 2) for name, dollars in {**parts, "total": sum(parts.values())}.items()}
