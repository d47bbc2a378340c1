"""Commands for dead letters: list, show, redrive, discard."""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import typer

from cli import output
from cli.admin_client import ask, payload
from cli.options import DIRECTORY, Directory, Json, event_id

app = typer.Typer(help="Show records that could not become entries; redrive or discard them.", no_args_is_help=True)

_SHOWN = ("position", "reason", "detail", "eventId", "deadAt")


class _Position(NamedTuple):
    topic: str
    partition: int
    offset: int


def _position(text: str | _Position) -> _Position:
    if isinstance(text, _Position):
        return text
    topic, *numbers = text.rsplit(":", 2)
    if not topic or len(numbers) != len(("partition", "offset")) or not all(number.isdecimal() for number in numbers):
        raise typer.BadParameter("a dead letter is named topic:partition:offset, as `dead-letters list` shows")
    position = _Position(topic, *map(int, numbers))
    payload("dead-letter", **position._asdict())
    return position


Position = Annotated[
    _Position, typer.Argument(parser=_position, metavar="TOPIC:PARTITION:OFFSET", help="Position of the dead letter.")
]


@app.command("list")
def list_(
    event: Annotated[
        str | None, typer.Option("--event", metavar="EVENT", parser=event_id, help="Of this event only.")
    ] = None,
    state: Annotated[Literal["dead", "redriven", "discarded", "all"], typer.Option(help="In this state.")] = "dead",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Number of dead letters at most.")] = 100,
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    wanted = None if state == "all" else state.upper()
    letters = ask(directory, "dead-letters", eventId=event, state=wanted, limit=limit)
    if as_json:
        output.dump(letters)
    elif letters:
        output.table("Dead letters", [{name: letter[name] for name in _SHOWN} for letter in letters])
    else:
        output.message("There are no such dead letters.")


@app.command()
def show(position: Position, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Show a dead letter with its record."""
    _run(directory, "dead-letter", position, as_json=as_json)


@app.command()
def redrive(position: Position, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Send a dead letter's record again; repeating this is harmless."""
    _run(directory, "redrive", position, as_json=as_json)


@app.command()
def discard(
    position: Position,
    reason: Annotated[str, typer.Option(help="Why it will never be an entry; stored with the dead letter.")],
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Discard a dead letter; the row stays, with the reason."""
    _run(directory, "discard", position, as_json=as_json, reason=reason)


def _run(directory: Path, command: str, position: _Position, *, as_json: bool, **fields: object) -> None:
    letter = ask(directory, command, **position._asdict(), **fields)
    output.record(f"Dead letter {letter['position']}", letter, as_json=as_json)
