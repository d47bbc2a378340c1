"""One worker of the event source: `python -m local.event_source.worker SETTINGS`; its start is the function's init."""

import json
import logging
import signal
import sys
import threading
from typing import Any

from local.event_source.consumer import Poller
from local.function import Function, KafkaMapping
from local.invoke import invoker
from local.workers import Lifeline


def main() -> None:
    """Poll as the command line says until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    lifeline = Lifeline.attach()
    logging.basicConfig(format="%(asctime)s %(process)d %(name)s %(message)s", level=logging.INFO)
    settings: dict[str, Any] = json.loads(sys.argv[1])
    function = Function(**settings["function"])
    invoke = invoker(function, settings["endpoint_url"])
    poller = Poller(KafkaMapping(**settings["mapping"]), settings["bootstrap_servers"], invoke, function.timeout_s)
    lifeline.ready()
    poller.run(stopping.is_set)


if __name__ == "__main__":
    main()
