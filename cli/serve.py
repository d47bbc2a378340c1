"""The command that runs the application until it is told to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from admin import dependencies
from cli import default_event, present
from cli.application import application
from cli.options import DIRECTORY, PORT, Directory, Kind, Workers
from cli.signals import undisturbed
from local.servers import Stack, find, start

Port = Annotated[
    int,
    typer.Option(min=0, max=65535, envvar="API_PORT", help="The API's port on loopback; 0 takes a free one."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    port: Port = PORT,
    workers: Workers = 2,
    kind: Kind = "auto",
    directory: Directory = DIRECTORY,
) -> None:
    """Serve the API with everything behind it, on the running stack or on one of its own, until Ctrl-C."""
    with _stack(directory, kind) as stack:
        admin = dependencies.connect(stack.environ)
        admin.migrate()
        settings = stack.environ | default_event.have(admin)
        with application(settings, stack.directory, port=port, workers=workers) as front:
            present.say(f"The API answers at {front.url}; Ctrl-C stops it. Try")
            present.say(
                f"  curl -i {front.url}/api/event/join -H 'content-type: application/json' -d '{{\"userId\": 3}}'"
            )
            with suppress(KeyboardInterrupt):
                signal.pause()


@contextmanager
def _stack(directory: Path, kind: str) -> Iterator[Stack]:
    """Give the running stack, or one that is stopped again."""
    found = find(directory)
    if found is not None:
        yield found
        return
    stack = start(directory, kind)
    try:
        yield stack
    finally:
        with undisturbed():
            stack.stop()
