"""The worker of a schedule: `python -m local.schedule.worker SETTINGS`; its start is the function's init."""

import contextlib
import json
import logging
import signal
import sys
import threading
from typing import Any

from local.errors import FunctionError
from local.function import Function, Schedule
from local.invoke import Invoker, invoker
from local.schedule import event
from local.workers import Lifeline


def run(schedule: Schedule, invoke: Invoker, every_s: float, stopping: threading.Event) -> None:
    """Invoke again and again, with a pause between the end of one and the start of the next, until told to stop."""
    while not stopping.wait(every_s):
        with contextlib.suppress(FunctionError):  # its traceback is in the log already; the next one comes anyway
            invoke.invoke(event.build(schedule))


def main() -> None:
    """Invoke as the command line says until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    lifeline = Lifeline.attach()
    logging.basicConfig(format="%(asctime)s %(process)d %(name)s %(message)s", level=logging.INFO)
    settings: dict[str, Any] = json.loads(sys.argv[1])
    function = invoker(Function(**settings["function"]), settings["endpoint_url"])
    lifeline.ready()
    run(Schedule(**settings["schedule"]), function, settings["every_s"], stopping)


if __name__ == "__main__":
    main()
