"""The command that runs the application in SAM's containers until it is told to stop."""

import signal
from contextlib import ExitStack, suppress
from typing import Annotated

import typer

from admin import dependencies
from cli import default_event, present
from cli.options import PORT
from cli.signals import undisturbed
from local import sam, template
from local.event_source import EventSource
from local.sam.command import LOGS
from local.schedule import Scheduler

LAMBDA_PORT = 3001

Port = Annotated[int, typer.Option(min=1, max=65535, envvar="API_PORT", help="The API's port on loopback.")]
LambdaPort = Annotated[
    int, typer.Option(min=1, max=65535, envvar="LAMBDA_PORT", help="The port where functions are invoked.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sam_api)


def sam_api(port: Port = PORT, lambda_port: LambdaPort = LAMBDA_PORT) -> None:
    """Serve the API by `sam local`, feeding its functions from Kafka and on schedule, until Ctrl-C.

    Redis, Kafka and MySQL are those of `docker compose up`; where they do not run they are started, and stopped after.
    """
    sam.require_docker()
    sam.require_port("start-api", port)
    sam.require_port("start-lambda", lambda_port)
    parts = ExitStack()
    try:
        url = _start(parts, port, lambda_port)
        present.say(f"The API answers at {url}, slowly at first; Ctrl-C stops it. Try")
        present.say(f"  curl -i {url}/api/event/join -H 'content-type: application/json' -d '{{\"userId\": 3}}'")
        with suppress(KeyboardInterrupt):
            signal.pause()
    finally:
        with undisturbed():
            parts.close()


def _start(parts: ExitStack, port: int, lambda_port: int) -> str:
    """Start everything in order, to be stopped in the opposite one; return the API's address."""
    servers = parts.enter_context(sam.containers())
    admin = dependencies.connect(servers.environ)
    admin.migrate()
    default_event.have(admin)
    present.say("Building the functions and their layer.")
    sam.build()
    api = parts.enter_context(sam.SamService("start-api", port, servers.network))
    endpoint = parts.enter_context(sam.SamService("start-lambda", lambda_port, servers.network))
    found = template.load()
    # One consumer: SAM has one environment a function.
    parts.enter_context(
        EventSource(
            found.consumer(),
            settings=servers.environ,
            endpoint_url=endpoint.url,
            consumers=1,
            log=LOGS / "event-source.log",
        )
    )
    for function in found.scheduled():
        log = LOGS / f"{function.name}.log"
        parts.enter_context(Scheduler(function, settings=servers.environ, endpoint_url=endpoint.url, log=log))
    return api.url
