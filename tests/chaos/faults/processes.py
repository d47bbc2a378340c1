"""What happens to the processes of the application."""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from local import template
from local.event_source import EventSource
from local.schedule import Scheduler
from local.workers import Crew
from tests.chaos.rush.system import EVERY_S, System
from tests.waiting import until

_UPHEAVALS = 3


def worker_killed(crew: Crew) -> None:
    """Kill one worker and, when another has taken its place, that one's neighbour."""
    number = len(crew.pids)
    for _ in range(2):
        victim = random.choice(crew.pids)  # noqa: S311 no secret
        os.kill(victim, signal.SIGKILL)
        until(partial(_is_replaced, crew, victim, number))


def _is_replaced(crew: Crew, victim: int, number: int) -> bool:
    return len({*crew.pids} - {victim}) == number


@contextmanager
def more_reconciles(system: System, number: int) -> Iterator[None]:
    """Have so many more reconciles run as long as the block, each as often as the first."""
    [function] = template.load().scheduled()
    with ExitStack() as parts:
        for turn in range(number):
            log = system.logs / f"reconcile-{turn}.log"
            parts.enter_context(Scheduler(function, settings=system.settings, every_s=EVERY_S, log=log))
        yield


def rebalanced(system: System) -> None:
    """Have another consumer join the group and leave it again, while batches are out."""
    for turn in range(_UPHEAVALS):
        log = system.logs / f"upheaval-{turn}.log"
        with EventSource(template.load().consumer(), settings=system.settings, consumers=1, log=log):
            until(partial(_has_its_share, log))


def _has_its_share(log: Path) -> bool:
    """Tell whether a consumer has been told its partitions, which may be none."""
    return "Reads " in log.read_text()
