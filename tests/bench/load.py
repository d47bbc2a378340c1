"""Load one subject after the other with k6, and measure what the service and Redis spend on a request."""

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any, Final, Protocol

import psutil
import redis

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = int(os.environ.get("BENCH_SECONDS") or 6)  # of one measurement
ROUNDS: Final = 3
CLIENTS: Final = 100

Figures = dict[str, Any]


class Pool(Protocol):
    """What serves: an `HttpApi`, or granian alone."""

    @property
    def url(self) -> str:
        """The address."""

    @property
    def pids(self) -> list[int]:
        """The processes."""


@dataclass(frozen=True)
class Subject:
    """What is loaded: a server, an event, the one status to expect, and what to wait for afterwards."""

    pool: Pool
    event_id: str
    expected: HTTPStatus = HTTPStatus.OK
    settle: Callable[[], object] = field(default=lambda: None)


@dataclass(frozen=True)
class Meter:
    """k6, and the Redis behind the subjects."""

    k6: str
    client: redis.Redis

    def __call__(
        self, subject: Subject, seconds: int = SECONDS, clients: int = CLIENTS, rate: float | None = None
    ) -> Figures:
        """Load a subject: `clients` without pauses, or `rate` requests a second in an open loop.

        Processor time is the service's processes' and the Redis server's own, from the first request to the last,
        divided by the requests; `gateCalls` are the scripts that Redis ran meanwhile, divided likewise.
        """
        before = self._spent(subject)
        figures = self._run(subject, seconds, clients, rate)
        after = self._spent(subject)
        service_s, redis_s, calls = (late - early for early, late in zip(before, after, strict=True))
        requests = figures["requests"]
        subject.settle()
        return {
            "requestsPerS": round(figures["requestsPerS"], 1),
            "p50Ms": round(figures["p50Ms"], 3),
            "p99Ms": round(figures["p99Ms"], 3),
            "serviceUs": round(service_s / requests * 1e6, 1),
            "redisUs": round(redis_s / requests * 1e6, 1),
            "gateCalls": round(calls / requests, 4),
            "dropped": figures["dropped"],
        }

    def _spent(self, subject: Subject) -> tuple[float, float, int]:
        """Return seconds of the service's processes, seconds of Redis, and scripts that Redis has run."""
        times = [psutil.Process(pid).cpu_times() for pid in subject.pool.pids]
        cpu, commands = self.client.info("cpu"), self.client.info("commandstats")
        scripts = commands.get("cmdstat_evalsha", {}).get("calls", 0)
        return sum(one.user + one.system for one in times), cpu["used_cpu_user"] + cpu["used_cpu_sys"], scripts

    def _run(self, subject: Subject, seconds: int, clients: int, rate: float | None) -> Figures:
        with tempfile.TemporaryDirectory(prefix="k6-") as directory:
            summary = Path(directory, "summary.json")
            settings = {
                "API_URL": subject.pool.url,
                "EVENT_ID": subject.event_id,
                "EXPECTED": str(subject.expected.value),
                "DURATION": f"{seconds}s",
                "CLIENTS": str(clients),
                "RATE": str(round(rate)) if rate else "",
                "SUMMARY": str(summary),
            }
            finished = subprocess.run(  # noqa: S603 - our own words
                [self.k6, "run", "--quiet", "--no-usage-report", str(Path(__file__).with_name("load.js"))],
                env={**os.environ, **settings},
                check=False,
                capture_output=True,
                text=True,
                timeout=seconds + 60,
            )
            assert summary.exists(), finished.stderr[-2000:]
            figures: Figures = json.loads(summary.read_text())
        assert not figures["unexpected"], f"{figures}: {finished.stderr[-300:]}"
        return figures


type Round = Mapping[str, Figures]


def in_turns(measures: Mapping[str, Callable[[], Figures]], rounds: int = ROUNDS) -> list[Round]:
    """Measure one after the other, and again, so that a slow moment of the machine does not meet one of them only."""
    return [{name: measure() for name, measure in measures.items()} for _ in range(rounds)]


def medians(rounds: Sequence[Round]) -> dict[str, Figures]:
    """Return the median of each figure of each subject."""
    return {
        name: {figure: median(one[name][figure] for one in rounds) for figure in figures}
        for name, figures in rounds[0].items()
    }


def ratio(rounds: Sequence[Round], one: str, other: str, figure: str) -> float:
    """Return the median of the rounds' ratios of a figure of two subjects."""
    found: float = median(each[one][figure] / each[other][figure] for each in rounds)
    return round(found, 3)


def ratios_to_raw(rounds: Sequence[Round]) -> dict[str, float]:
    """Return the processor time of a request of each subject as a multiple of raw granian's: less is better."""
    return {f"{name}ToRaw": ratio(rounds, name, "raw", "serviceUs") for name in rounds[0] if name != "raw"}
