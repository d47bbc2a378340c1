"""A schedule comes round, goes on after a failure, and ends with its caller."""

import json
from pathlib import Path

import psutil

from local.function import Function, Schedule
from local.schedule import Scheduler
from local.servers.process import is_alive
from tests.waiting import until


def function(handler: str) -> Function:
    return Function(
        "TickFunction", f"tests.handlers.ticks.{handler}", timeout_s=1, schedules=(Schedule("rate(1 minute)"),)
    )


def until_logged(log: Path, text: str, times: int) -> None:
    until(lambda: log.read_text().count(text) >= times)


def test_it_comes_round_with_eventbridge_s_event(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Scheduler(function("tick"), every_s=0.1, log=log) as scheduler:
        until_logged(log, "Scheduled Event", 3)
        family = [psutil.Process(pid) for pid in (*scheduler.pids, scheduler.supervisor_pid)]
    assert not any(is_alive(process) for process in family)
    event = json.loads(log.read_text().splitlines()[0])
    assert (event["source"], event["detail"]) == ("aws.events", {})


def test_a_failure_is_logged_and_the_next_comes_anyway(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Scheduler(function("fail"), every_s=0.1, log=log):
        until_logged(log, "ValueError: tock", 3)


def test_an_invocation_over_its_timeout_ends_and_the_next_comes_anyway(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Scheduler(function("hang"), every_s=0.1, log=log):
        until_logged(log, "hangs", 2)
    assert "was ended by SIGALRM" in log.read_text()
