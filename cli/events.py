"""Commands for events: create, list, show, open, pause, resume, close, resize."""

from datetime import datetime
from typing import Annotated, Any

import typer

from admin import present as written
from admin.commands import MAX_CAPACITY, Create
from cli import present, running
from cli.options import DIRECTORY, Directory, EventId, Json, checked
from eventrush.models import Event

app = typer.Typer(help="Create events, look at them, and change their rules.", no_args_is_help=True)

Capacity = Annotated[int, typer.Option(min=1, max=MAX_CAPACITY, help="How many seats there are.")]


def _moment(text: str | datetime) -> datetime:
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise typer.BadParameter("a time needs its zone, as in 2026-12-01T12:00:00Z")
    return moment


Moment = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="As 2026-12-01T12:00:00Z.")]


@app.command()
def create(  # noqa: PLR0913, PLR0917 - each an option
    event_id: EventId,
    capacity: Capacity = 100,
    name: Annotated[str | None, typer.Option(help="What people call it; its id where none is given.")] = None,
    opens: Moment = None,
    closes: Moment = None,
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Create an event; it is open from its opening time on, at once without one."""
    wanted = {"eventId": event_id, "name": name, "capacity": capacity, "opensAt": opens, "closesAt": closes}
    asked = checked(Create, command="create", **wanted)
    _show(running.admin(directory).create(asked.event()), as_json=as_json)


@app.command("list")
def list_(directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """List every event, the oldest first."""
    events = [written.event(event) for event in running.admin(directory).list()]
    if as_json:
        present.dump(events)
    elif events:
        present.table("Events", events)
    else:
        present.say("There are no events; `eventrush events create` makes one.")


@app.command()
def show(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Show an event and how far it is."""
    _print(written.status(running.admin(directory).show(event_id)), as_json=as_json)


@app.command("open")
def open_(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Let a closed or paused event admit again, within its times."""
    _show(running.admin(directory).open(event_id), as_json=as_json)


@app.command()
def pause(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Have an event decide nothing for a while."""
    _show(running.admin(directory).pause(event_id), as_json=as_json)


@app.command()
def resume(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Let a paused event go on."""
    _show(running.admin(directory).resume(event_id), as_json=as_json)


@app.command()
def close(event_id: EventId, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Close an event; who has a seat keeps it."""
    _show(running.admin(directory).close(event_id), as_json=as_json)


@app.command()
def resize(
    event_id: EventId,
    capacity: Annotated[int, typer.Argument(min=1, max=MAX_CAPACITY)],
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Change how many seats there are, never to fewer than were given."""
    _show(running.admin(directory).resize(event_id, capacity), as_json=as_json)


def _show(event: Event, *, as_json: bool) -> None:
    _print(written.event(event), as_json=as_json)


def _print(values: dict[str, Any], *, as_json: bool) -> None:
    present.one(values["eventId"], values, as_json=as_json)
