"""A schedule comes round, goes on after a failure, and ends with its caller."""

import json
from pathlib import Path

import psutil

from local import template
from local.scheduler import Scheduler
from local.servers.native import is_alive
from tests.handlers import TEMPLATE
from tests.waiting import until

FUNCTIONS = template.load(TEMPLATE).functions


def until_logged(log: Path, text: str, times: int) -> None:
    until(lambda: log.read_text().count(text) >= times)


def test_it_comes_round_with_eventbridge_s_event(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Scheduler(FUNCTIONS["TickFunction"], every_s=0.1, log=log) as scheduler:
        until_logged(log, "Scheduled Event", 3)
        workers = [psutil.Process(pid) for pid in scheduler.pids]
    assert not any(is_alive(worker) for worker in workers)
    event = json.loads(log.read_text().splitlines()[0])
    assert (event["source"], event["detail"]) == ("aws.events", {})


def test_a_failure_is_logged_and_the_next_comes_anyway(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Scheduler(FUNCTIONS["FailFunction"], every_s=0.1, log=log):
        until_logged(log, "ValueError: tock", 3)


def test_an_invocation_over_its_timeout_ends_and_the_next_comes_anyway(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Scheduler(FUNCTIONS["HangFunction"], every_s=0.1, log=log):
        until_logged(log, "hangs", 2)
    assert "was ended by SIGALRM" in log.read_text()


def test_an_invocation_that_fills_its_time_ends_when_the_schedule_stops(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Scheduler(FUNCTIONS["FillTimeFunction"], every_s=0.1, log=log):
        until_logged(log, "begins", 1)
    assert "ends in its own time" in log.read_text()
    assert "is killed" not in log.read_text()
