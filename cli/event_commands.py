"""Commands for events: their creation, their rules, their winners, and the log of changes."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from admin.commands import MAX_CAPACITY
from cli import deployed_stack, output
from cli.admin_client import ask, client, payload
from cli.export import Export
from cli.options import DIRECTORY, Capacity, Directory, EventId, Json
from cli.options import event_id as parse_id

app = typer.Typer(help="Create events, show them, and change their rules.", no_args_is_help=True)


def _moment(text: str | datetime) -> datetime:
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise typer.BadParameter("a time needs its zone, as in 2026-12-01T12:00:00Z")
    return moment


def _rate(text: str | int) -> int:
    if isinstance(text, int):
        return text
    number, _, unit = text.partition("/")
    if not number.isdecimal() or unit != "s":
        raise typer.BadParameter("a rate is a number of requests per second, as in 2000/s")
    return int(number)


Moment = Annotated[datetime | None, typer.Option(parser=_moment, metavar="TIME", help="Such as 2026-12-01T12:00:00Z.")]


@app.command()
def create(  # noqa: PLR0913, PLR0917 - each an option
    event_id: EventId,
    capacity: Capacity = 100,
    name: Annotated[str | None, typer.Option(help="Public name; the id where none is given.")] = None,
    opens: Moment = None,
    closes: Moment = None,
    expect: Annotated[
        int | None,
        typer.Option(parser=_rate, metavar="RATE", help="Requests at the opening, such as 2000/s: warms up for them."),
    ] = None,
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Create an event; it opens at its opening time, at once without one."""
    fields = {"name": name, "capacity": capacity, "opensAt": opens, "closesAt": closes, "expect": expect}
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


@app.command()
def schedule(
    event_id: EventId,
    opens: Annotated[
        str | None, typer.Option(metavar="TIME|now", help="When it opens; now: as soon as the change counts.")
    ] = None,
    closes: Annotated[str | None, typer.Option(metavar="TIME|never", help="When it closes.")] = None,
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Change when an event opens or closes; a time that is not given stays as it is.

    Every change counts 1.5 seconds after it is made, and an opening that has not come is not moved to before that.
    """
    times = {"opensAt": _new_time(opens, "now", "--opens"), "closesAt": _new_time(closes, "never", "--closes")}
    given = {name: time for name, time in times.items() if time is not _UNCHANGED}
    if not given:
        raise typer.BadParameter("--opens or --closes is required")
    _run(directory, "schedule", event_id, as_json=as_json, **given)


@app.command()
def rename(
    event_id: EventId,
    name: Annotated[str, typer.Argument(help="Public name.")],
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Change the public name of an event."""
    _run(directory, "rename", event_id, as_json=as_json, name=name)


@app.command("export")
def export_(
    event_id: EventId,
    form: Annotated[Literal["csv", "ndjson"], typer.Option("--format", help="What a line is.")] = "csv",
    to: Annotated[
        Path | None, typer.Option("--output", help="File to write; an interrupted export to it continues.")
    ] = None,
    directory: Directory = DIRECTORY,
) -> None:
    """Write the recorded entries of an event, in the order of seats."""
    payload("export", eventId=event_id)
    admin, stack = client(directory), deployed_stack.chosen()

    def page(after: int) -> dict[str, Any]:
        found: dict[str, Any] = admin.ask("export", eventId=event_id, after=after)
        return found

    export = Export(page, event_id, form)
    if to is None:
        export.to_stdout()
    else:
        count = export.to_file(to, stack.name if stack else "")
        output.message(f"{count:,} entries are in {to}.")


@app.command()
def log(
    event_id: Annotated[
        str | None, typer.Argument(metavar="EVENT", parser=parse_id, help="Of this event only.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Number of changes at most.")] = 100,
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """List what operators changed, who and when, the newest first."""
    changes = ask(directory, "log", eventId=event_id, limit=limit)
    if as_json:
        output.dump(changes)
    elif changes:
        output.table("Changes", [change | {"details": _told(change["details"])} for change in changes])
    else:
        output.message("Nothing was changed.")


def _told(details: dict[str, Any]) -> str:
    """Write what changed for people: the values before and after, or the only one."""
    pairs = {name: " → ".join(map(output.text, of)) if isinstance(of, list) else of for name, of in details.items()}
    return ", ".join(f"{name} {output.text(value)}" for name, value in pairs.items())


_UNCHANGED = object()


def _new_time(text: str | None, word: str, option: str) -> object:
    """Return a moment, None for the word that removes the time, or `_UNCHANGED`."""
    if text is None:
        return _UNCHANGED
    if text == word:
        return None
    try:
        return _moment(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: {text!r} is no time, such as 2026-12-01T12:00:00Z") from None
    except typer.BadParameter as error:
        raise typer.BadParameter(f"{option}: {error.message}") from None


def _run(directory: Path, command: str, event_id: str, *, as_json: bool, **fields: object) -> None:
    output.record(event_id, ask(directory, command, eventId=event_id, **fields), as_json=as_json)
