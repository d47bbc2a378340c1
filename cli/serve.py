"""The command that runs the application until it is stopped."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from cli import output, running_api
from cli.admin_client import AdminClient
from cli.environment import environment, kafka_options
from cli.options import DIRECTORY, Directory, Kind, Workers
from cli.running_api import PORT
from cli.signals import signals_ignored
from eventrush.settings import EventSettings
from local.application import application
from local.http_api import WORKERS
from local.servers import Stack, find, start

Port = Annotated[
    int, typer.Option(min=0, max=65535, envvar="API_PORT", help="The API's port on loopback; 0 takes a free one.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(port: Port = PORT, workers: Workers = WORKERS, kind: Kind = "auto", directory: Directory = DIRECTORY) -> None:
    """Serve the API with everything behind it, on the running stack or on one of its own, until Ctrl-C."""
    with _stack(directory, kind) as stack:
        settings = prepare(environment(stack))
        with application(settings, stack.directory, port=port, workers=workers, **kafka_options(settings)) as api:
            serve_until_interrupted(directory, api.url, settings)


def prepare(settings: Mapping[str, str]) -> dict[str, str]:
    """Make tables and default event where they are missing; return the settings with the event's id.

    DEFAULT_EVENT_ID of the environment names it, as for SAM's containers.
    """
    client = AdminClient(settings)
    client.ask("migrate")
    event_id = EventSettings.from_env(os.environ).default_event_id
    client.ensure(event_id, "The first hundred", 100)
    return {**settings, "DEFAULT_EVENT_ID": event_id}


def serve_until_interrupted(directory: Path, url: str, settings: Mapping[str, str], remark: str = "") -> None:
    """Print the API's address, note it for other commands, and return at Ctrl-C."""
    with running_api.noted(directory, url, settings):
        output.message(f"The API answers at {url}{remark}; Ctrl-C stops it. Try")
        output.message(f"  curl -i {url}/api/event/join -H 'content-type: application/json' -d '{{\"userId\": 3}}'")
        with suppress(KeyboardInterrupt):
            signal.pause()


@contextmanager
def _stack(directory: Path, kind: str) -> Iterator[Stack]:
    """Give the running stack, or start one and stop it again."""
    found = find(directory)
    if found is not None:
        yield found
        return
    stack = start(directory, kind)
    try:
        yield stack
    finally:
        with signals_ignored():
            stack.stop()
