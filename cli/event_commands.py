"""Commands for events: create, list, show, open, pause, resume, close, resize, forget."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from admin.commands import MAX_CAPACITY
from cli import output
from cli.admin_client import ask
from cli.options import DIRECTORY, Capacity, Directory, EventId, Json

app = typer.Typer(help="Create events, show them, and change their rules.", no_args_is_help=True)


def _moment(text: str | datetime) -> datetime:
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise typer.BadParameter("a time needs its zone, as in 2026-12-01T12:00:00Z")
    return moment


Moment = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="Such as 2026-12-01T12:00:00Z.")]


@app.command()
def create(  # noqa: PLR0913, PLR0917 - each an option
    event_id: EventId,
    capacity: Capacity = 100,
    name: Annotated[str | None, typer.Option(help="Public name; the id where none is given.")] = None,
    opens: Moment = None,
    closes: Moment = None,
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Create an event; it opens at its opening time, at once without one."""
    fields = {"name": name, "capacity": capacity, "opensAt": opens, "closesAt": closes}
    _run(directory, "create", event_id, as_json=as_json, **fields)


@app.command("list")
def list_(directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """List every event, the oldest first."""
    events = ask(directory, "list")
    if as_json:
        output.dump(events)
    elif events:
        output.table("Events", events)
    else:
        output.message("There are no events; `eventrush events create` makes one.")


@app.command()
def show(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Show an event with its figures."""
    _run(directory, "show", event_id, as_json=as_json)


@app.command("open")
def open_(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Open a closed or paused event again, within its times."""
    _run(directory, "open", event_id, as_json=as_json)


@app.command()
def pause(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Pause an event."""
    _run(directory, "pause", event_id, as_json=as_json)


@app.command()
def resume(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Open a paused event again."""
    _run(directory, "resume", event_id, as_json=as_json)


@app.command()
def close(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Close an event; its entries stay."""
    _run(directory, "close", event_id, as_json=as_json)


@app.command()
def resize(
    event_id: EventId,
    capacity: Annotated[int, typer.Argument(min=1, max=MAX_CAPACITY, help="Number of seats.")],
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Change the number of seats, never to fewer than are issued."""
    _run(directory, "resize", event_id, as_json=as_json, capacity=capacity)


@app.command()
def forget(
    event_id: EventId,
    user_id: Annotated[str, typer.Argument(metavar="USER", help="Id of the user; after `--` if it begins with -.")],
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Erase a person from an event that has ended: a random id replaces theirs."""
    _run(directory, "forget", event_id, as_json=as_json, userId=user_id)


def _run(directory: Path, command: str, event_id: str, *, as_json: bool, **fields: object) -> None:
    output.record(event_id, ask(directory, command, eventId=event_id, **fields), as_json=as_json)
