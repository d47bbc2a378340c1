"""What runs until it is killed: each program is one whole piece of work, from connecting to its last call."""

import os
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.connection import Connection

from tests.chaos.crash.interceptor import INTERCEPTOR  # first: it wraps the libraries that the rest imports

# isort: split
import join.handler
import persist.handler  # noqa: F401 imported before the fork, not by each process
import reconcile.handler
from admin import dependencies
from eventrush.models import Position
from local import template
from local.kafka_source import Poller
from local.lambda_runtime import HandlerInvoker
from tests.chaos.crash.crash_process import CrashPoint
from tests.chaos.crash.environment import connect
from tests.context import lambda_context
from tests.samples import join_event


def run(
    program: str, arguments: tuple[str, ...], environ: Mapping[str, str], point: CrashPoint | None, out: Connection
) -> None:
    """Run a program of this module in a fresh process; a program that survives sends its outward calls to `out`."""
    os.environ.update(environ)
    INTERCEPTOR.crash_point = point
    globals()[program](*arguments)
    out.send(INTERCEPTOR.calls)


def join_once(event_id: str, user_id: str, key: str) -> None:
    """Initialize an environment of JoinFunction and invoke it once."""
    event = join_event(f'{{"userId": "{user_id}"}}', event_id=event_id, headers={"idempotency-key": key})
    join.handler.lambda_handler(event, lambda_context())


def persist_once() -> None:
    """Run one poller of the mapping with PersistFunction, until it has committed a batch."""
    function = template.load().consumer()
    # All four records of the scenario are one batch, however late a partition's are fetched.
    mapping = replace(
        function.mappings[0],
        topics=(os.environ["KAFKA_TOPIC"],),
        group=os.environ["KAFKA_CONSUMER_GROUP"],
        batch_size=4,
        window_s=10.0,
    )
    invoker = HandlerInvoker(function)
    poller = Poller(mapping, os.environ["KAFKA_BOOTSTRAP_SERVERS"], invoker, function.timeout_s)
    poller.run(lambda: "Consumer.commit" in INTERCEPTOR.calls)


def redrive_once(topic: str) -> None:
    """Send the first dead letter of the topic again, as an operator does."""
    deps = dependencies.connect(os.environ)
    deps.admin.redrive(Position(topic, 0, 0), deps.publisher)


def reconcile_once() -> None:
    """Make one pass of ReconcileFunction."""
    reconcile.handler.handle(connect(os.environ), lambda: True)
