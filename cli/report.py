"""The command that holds what was promised against what is recorded."""

import typer

from admin import present as written
from cli import present, running
from cli.options import DIRECTORY, Directory, EventId, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(report)


def report(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> int:
    """Show an event's books; the exit status is 1 when a seat is lost, doubled or oversold."""
    books = running.admin(directory).report(event_id)
    present.one(f"The books of {event_id}", written.report(books), as_json=as_json)
    return 0 if books.sound else 1
