"""Schedules, at a faster pace than EventBridge's shortest, a minute.

Mirrored: the event, one invocation at a time, the function's Timeout. Not mirrored: the expression (a function is
invoked every few seconds, first after one such pause), time windows, retries, dead-letter queues.
"""

import json
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from local.endpoint_invoker import invoker
from local.exceptions import FunctionError
from local.function import ACCOUNT, REGION, Function, Schedule
from local.supervisor import Worker, WorkerPool, report_ready, stop_event


class Scheduler(WorkerPool):
    """Invokes a scheduled function every `every_s` seconds, in a process of its own or behind `endpoint_url`."""

    def __init__(
        self,
        function: Function,
        *,
        log: Path,
        settings: Mapping[str, str] | None = None,
        every_s: float = 5.0,
        endpoint_url: str | None = None,
    ) -> None:
        argv = [f"--every-s={every_s}", f"--endpoint-url={endpoint_url or ''}"]
        super().__init__("local.scheduler", function, argv, count=1, settings=settings or {}, log=log)


def build_event(schedule: Schedule) -> dict[str, Any]:
    """Return the schedule's Input, or without one EventBridge's own event with the present time."""
    if schedule.event is not None:
        return dict(json.loads(schedule.event))
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": schedule.source,
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/local"],
        "detail": {} if schedule.source == "aws.events" else "{}",
    }


def main() -> None:
    """Invoke with a pause between two invocations, until SIGTERM: the one that runs then has no time remaining."""
    parser = ArgumentParser()
    parser.add_argument("--every-s", type=float, required=True)
    parser.add_argument("--endpoint-url")
    worker = Worker(parser)
    [schedule] = worker.function.schedules
    stopping = stop_event()
    invoke = invoker(worker.function, worker.options.endpoint_url, stopping)
    report_ready()
    while not stopping.wait(worker.options.every_s):
        with suppress(FunctionError):  # its traceback is in the log already
            invoke(build_event(schedule))


if __name__ == "__main__":
    main()
