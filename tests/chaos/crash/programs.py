"""What runs until it is killed: each a whole piece of real work, from connecting to its last call."""

import os
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.connection import Connection

from tests.chaos.crash.tap import TAP  # first, as it wraps the libraries that the rest imports

# isort: split
import join.handler
import persist.handler  # noqa: F401 so that each process has it by its fork
import reconcile.handler
from admin.dependencies import connect_all
from eventrush.ledger.dead_letters import Position
from local import template
from local.event_source.consumer import Poller
from local.event_source.source import with_settings
from local.invoke import HandlerInvoker
from reconcile.dependencies import connect
from tests.chaos.crash.hurry import hurry
from tests.chaos.crash.kill import Kill
from tests.context import lambda_context
from tests.samples import join_event

hurry()


def run(
    program: str, arguments: tuple[str, ...], environ: Mapping[str, str], kill: Kill | None, out: Connection
) -> None:
    """Run a program of this module in a fresh process; tells its outward calls, if it outlives them all."""
    os.environ.update(environ)
    TAP.kill = kill
    globals()[program](*arguments)
    out.send(TAP.calls)


def join_once(event_id: str, user_id: str, key: str) -> None:
    """One environment of JoinFunction, and its first invocation."""
    event = join_event(f'{{"userId": "{user_id}"}}', event_id=event_id, headers={"idempotency-key": key})
    join.handler.lambda_handler(event, lambda_context())


def persist_once() -> None:
    """One poller of the mapping with PersistFunction in it, until it has committed a batch."""
    function = template.load().consumer()
    # All four records that the plot has are one batch, however late a partition's are fetched.
    mapping = replace(with_settings(function.mappings[0], os.environ), batch_size=4, window_s=10.0)
    invoker = HandlerInvoker(function)
    poller = Poller(mapping, os.environ["KAFKA_BOOTSTRAP_SERVERS"], invoker, function.timeout_s)
    poller.run(lambda: "Consumer.commit" in TAP.calls)


def redrive_once(topic: str) -> None:
    """Send the first record of the topic again, as an operator does."""
    connect_all(os.environ).dead_letters.redrive(Position(topic, 0, 0))


def reconcile_once() -> None:
    """One pass of ReconcileFunction."""
    reconcile.handler.handle(connect(os.environ), lambda: True)
