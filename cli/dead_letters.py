"""Commands for dead letters: list, show, redrive, discard."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer

from admin import present as written
from admin.commands import Discard, ShowLetter
from admin.dead_letters import DeadLetters
from cli import present, running
from cli.options import DIRECTORY, Directory, Json, checked, event_id
from eventrush.ledger.dead_letters import DeadLetterState, Position

app = typer.Typer(help="Look at records that could not be entries; send them again, or lay them aside.")

_SHOWN = ("position", "reason", "detail", "eventId", "deadAt")


def _position(text: str | Position) -> Position:
    if isinstance(text, Position):
        return text
    topic, *numbers = text.rsplit(":", 2)
    if not topic or len(numbers) != len(("partition", "offset")) or not all(number.isdecimal() for number in numbers):
        raise typer.BadParameter("a dead letter is named topic:partition:offset, as `dead-letters list` shows")
    partition, offset = map(int, numbers)
    return checked(ShowLetter, command="dead-letter", topic=topic, partition=partition, offset=offset).position


Letter = Annotated[Position, typer.Argument(parser=_position, metavar="TOPIC:PARTITION:OFFSET", help="Which one.")]


@app.command("list")
def list_(
    event: Annotated[
        str | None, typer.Option("--event", metavar="EVENT", parser=event_id, help="Of this event only.")
    ] = None,
    state: Annotated[Literal["dead", "redriven", "discarded", "all"], typer.Option(help="Which.")] = "dead",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 100,
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    wanted = None if state == "all" else DeadLetterState(state.upper())
    letters = [written.letter(found) for found in _letters(directory).list(event_id=event, state=wanted, limit=limit)]
    if as_json:
        present.dump(letters)
    elif letters:
        present.table("Dead letters", [{name: letter[name] for name in _SHOWN} for letter in letters])
    else:
        present.say("There are no such dead letters.")


@app.command()
def show(position: Letter, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Show a dead letter with the record as it arrived."""
    _print(written.letter(_letters(directory).show(position)), as_json=as_json)


@app.command()
def redrive(position: Letter, directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Send a dead letter's record again; once is enough, and more does no harm."""
    _print(written.letter(_letters(directory).redrive(position)), as_json=as_json)


@app.command()
def discard(
    position: Letter,
    reason: Annotated[str, typer.Option(help="Why it will never be an entry; kept with it.")],
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> None:
    """Lay a dead letter aside for good; the row stays, with the reason."""
    asked = checked(Discard, command="discard", **asdict(position), reason=reason)
    _print(written.letter(_letters(directory).discard(asked.position, asked.reason)), as_json=as_json)


def _letters(directory: Directory) -> DeadLetters:
    return running.everything(directory).dead_letters


def _print(values: dict[str, Any], *, as_json: bool) -> None:
    present.one(f"Dead letter {values['position']}", values, as_json=as_json)
