"""What one invocation of JoinFunction costs, measured in a process of its own, as an environment of Lambda is.

`by_kind` and `init` start the processes; `python -m tests.bench.invocation SOLD_OUT OPEN RESULT` is the first's.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple
from unittest import mock

import psutil
import redis

from join import handler
from join.dependencies import dependencies
from local import template
from local.lambda_runtime import environment
from tests.bench.load import ROOT, Figures
from tests.context import lambda_context
from tests.samples import sample

_ROUNDS: Final = 60
_CALLS: Final = 50  # of each kind in a round: many short rounds, since a slow moment spoils one of them only
_INIT: Final = """
import resource, sys, time
import join.entrypoint
sys.stderr.write(f"{time.process_time() * 1e3:.0f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f}")
"""


class Spent(NamedTuple):
    """The mean of a round's calls, microseconds."""

    processor_us: float
    wall_us: float


class Acknowledging:
    """A stream that acknowledges at once."""

    def publish(self, _entry: object) -> None:
        """Do nothing."""


def _invocations(settings: Mapping[str, str], sold_out: str, open_to_all: str, directory: Path) -> Figures:
    """Measure a loser, a winner and a winner without Kafka, each in turns with a PING of redis-py.

    The environment is the template's, with metrics: their lines go nowhere.
    """
    result = directory / f"{time.monotonic_ns()}.json"
    _run(settings, "-m", "tests.bench.invocation", sold_out, open_to_all, str(result))
    measured: Figures = json.loads(result.read_text())
    return measured


def by_kind(settings: Mapping[str, str], sold_out: str, open_to_all: str, directory: Path) -> Figures:
    """Measure each kind of invocation: a loser through the gate, a remembered one, a winner with and without Kafka."""
    through_gate, remembering = (
        _invocations({**settings, "GATE_REMEMBER": remember}, sold_out, open_to_all, directory)
        for remember in ("off", "on")
    )
    return {**remembering, "loser": through_gate["loser"], "remembered": remembering["loser"]}


def ratios_to_ping(measured: Figures) -> dict[str, float]:
    """Return the processor time of each kind as a multiple of a PING's: less is better."""
    return {f"{name}ToPing": measured[name]["toPing"] for name in ("loser", "remembered", "winnerWithoutKafka")}


def init(settings: Mapping[str, str]) -> Figures:
    """Measure an environment's init: start the interpreter, import the function, connect."""
    began = time.perf_counter()
    finished = _run(settings, "-c", _INIT)
    wall_ms = (time.perf_counter() - began) * 1e3
    processor_ms, memory_mib = map(float, finished.stderr.split()[-2:])
    return {"wallMs": round(wall_ms), "processorMs": processor_ms, "memoryMib": memory_mib}


def _run(settings: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    environ = environment(template.load().api(), {**settings, "POWERTOOLS_METRICS_DISABLED": "false"})
    finished = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, *words],
        env=environ,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    return finished


def _main(sold_out: str, open_to_all: str, result: Path) -> None:
    without_kafka = replace(dependencies(), publisher=Acknowledging())
    context = lambda_context()
    turn = iter(range(sys.maxsize))

    def joins(event_id: str, status: int) -> Callable[[], Spent]:
        """Return what measures a round of users who each come once."""

        def measured() -> Spent:
            events = [_event(event_id, next(turn)) for _ in range(_CALLS)]
            responses: list[Any] = []
            spent = _spent(lambda: responses.append(handler.lambda_handler(events.pop(), context)))
            assert {response["statusCode"] for response in responses} == {status}, responses[0]
            return spent

        return measured

    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        lose, win = joins(sold_out, 429), joins(open_to_all, 200)

        def win_without_kafka() -> Spent:
            # No mock's own call, which would be measured too.
            with mock.patch.object(handler, "dependencies", lambda: without_kafka):  # noqa: PT008
                return win()

        kinds = {"ping": lambda: _spent(client.ping), "loser": lose, "winnerWithoutKafka": win_without_kafka}
        for measured in kinds.values():
            measured()  # first calls and connections
        rounds = [{name: measured() for name, measured in kinds.items()} for _ in range(_ROUNDS)]
        win()
        winners = [win() for _ in range(_ROUNDS)]  # apart, since librdkafka's threads go on for some time
    figures = {
        name: {
            "processorUs": round(median(one[name].processor_us for one in rounds), 1),
            "wallUs": round(median(one[name].wall_us for one in rounds), 1),
            "toPing": round(median(one[name].processor_us / one["ping"].processor_us for one in rounds), 3),
        }
        for name in kinds
    }
    figures["winner"] = {
        "processorUs": round(median(one.processor_us for one in winners), 1),
        "wallUs": round(median(one.wall_us for one in winners), 1),
    }
    memory_mib = round(psutil.Process().memory_info().rss / 2**20, 1)
    result.write_text(json.dumps({**figures, "memoryMib": memory_mib}))


def _spent(call: Callable[[], object]) -> Spent:
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(_CALLS):
        call()
    processor, wall = time.process_time() - processor, time.perf_counter() - wall
    return Spent(processor / _CALLS * 1e6, wall / _CALLS * 1e6)


def _event(event_id: str, turn: int) -> dict[str, Any]:
    event: dict[str, Any] = sample("join-event")
    event["pathParameters"]["eventId"] = event_id
    event["requestContext"]["requestId"] = f"{os.getpid()}-{turn}"
    event["body"] = json.dumps({"userId": f"caller-{os.getpid()}-{turn}"})
    return event


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
