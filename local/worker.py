"""How every worker process starts: `python -m MODULE FUNCTION [--template FILE] …`.

Standard input is a socket to the process that started the worker. The worker writes a byte when it is ready, and ends
when the socket closes: a parent that is killed leaves no worker running.
"""

import logging
import os
import signal
import threading
import time
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from local import template

READY = b"."
# A worker may finish the invocation that runs.
GRACE_S = 5.0

_STDIN = 0


class Worker:
    """This process as a worker: its options and its function."""

    options: Namespace

    def __init__(self, parser: ArgumentParser) -> None:
        threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
        logging.basicConfig(format="%(asctime)s %(process)d %(name)s %(message)s", level=logging.INFO)
        parser.add_argument("function")
        parser.add_argument("--template", type=Path, default=template.PATH)
        self.options = parser.parse_args()
        declared = template.load(self.options.template).functions[self.options.function]
        self.function = replace(declared, handler=os.environ.get("_HANDLER", declared.handler))

    @staticmethod
    def stop_event() -> threading.Event:
        """Return an event that SIGTERM sets; before this call SIGTERM ends the process at once."""
        stopping = threading.Event()
        signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
        return stopping

    @staticmethod
    def ready() -> None:
        """Report to the parent that this process serves."""
        os.write(_STDIN, READY)


def _end_with_parent() -> None:
    while os.read(_STDIN, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
