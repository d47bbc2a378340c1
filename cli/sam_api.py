"""The command that runs the application in SAM's containers until it is stopped."""

from contextlib import ExitStack
from typing import Annotated

import typer

from cli import output
from cli.options import DIRECTORY, Directory
from cli.running_api import PORT
from cli.serve import prepare, serve_until_interrupted
from cli.signals import signals_ignored
from local import sam, template
from local.event_source import EventSource
from local.sam.command import LOGS
from local.schedule import Scheduler

LAMBDA_PORT = 3001

Port = Annotated[int, typer.Option(min=1, max=65535, envvar="API_PORT", help="The API's port on loopback.")]
LambdaPort = Annotated[
    int, typer.Option(min=1, max=65535, envvar="LAMBDA_PORT", help="The port of Lambda's own API on loopback.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(sam_api)


def sam_api(port: Port = PORT, lambda_port: LambdaPort = LAMBDA_PORT, directory: Directory = DIRECTORY) -> None:
    """Serve the API by `sam local`, with Kafka event source and schedules beside it, until Ctrl-C.

    Redis, Kafka and MySQL are those of `docker compose up`; they are started, and stopped afterwards, unless they run.
    """
    sam.require_docker()
    sam.require_port("start-api", port)
    sam.require_port("start-lambda", lambda_port)
    parts = ExitStack()
    try:
        servers = parts.enter_context(sam.containers())
        settings = prepare(servers.environ)
        url = _start(parts, servers, port, lambda_port)
        serve_until_interrupted(directory, url, settings, ", slowly at first")
    finally:
        with signals_ignored():
            parts.close()


def _start(parts: ExitStack, servers: sam.Containers, port: int, lambda_port: int) -> str:
    """Start everything on these servers in order, to be stopped in reverse; return the API's address."""
    output.message("Building the functions and their layer.")
    sam.build()
    api = parts.enter_context(sam.SamService("start-api", port, servers.network))
    endpoint = parts.enter_context(sam.SamService("start-lambda", lambda_port, servers.network))
    found = template.load()
    # One consumer: SAM runs one container a function.
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
