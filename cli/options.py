"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel, TypeAdapter, ValidationError

from admin.commands import refusal
from cli.load.plan import MAX_ATTEMPTS, MAX_CONCURRENCY, MAX_USERS
from eventrush import identifiers

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / ".local" / "stack"
PORT = 3000  # as `sam local start-api`

Directory = Annotated[
    Path, typer.Option("--directory", envvar="EVENTRUSH_DIRECTORY", help="Where the stack keeps its data.")
]
Kind = Annotated[
    Literal["auto", "compose", "native"],
    typer.Option("--stack", envvar="STACK", help="Containers, this machine's own programs, or what can be had."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Processes that answer, one request at a time each.")]
Attempts = Annotated[
    int, typer.Option(envvar="ATTEMPTS", min=1, max=MAX_ATTEMPTS, help="How often somebody asks for a seat.")
]
Concurrency = Annotated[
    int, typer.Option(envvar="CONCURRENCY", min=1, max=MAX_CONCURRENCY, help="Connections, one request at a time each.")
]
Users = Annotated[
    int | None,
    typer.Option(
        envvar="USERS", min=1, max=MAX_USERS, show_default="9 of 10 attempts", help="How many different people ask."
    ),
]
Seed = Annotated[int, typer.Option(help="What decides the order in which people come.")]


def event_id(text: str) -> str:
    """Return an event's id; BadParameter for what cannot be one."""
    try:
        return TypeAdapter(identifiers.EventId).validate_python(text)
    except ValidationError:
        raise typer.BadParameter(
            "an event's id is 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit"
        ) from None


EventId = Annotated[str, typer.Argument(metavar="EVENT", parser=event_id, help="The event's id.")]


def checked[Command: BaseModel](model: type[Command], /, **given: object) -> Command:
    """Build a command as the admin function is given it, so that both are held to the same rules.

    BadParameter, naming the field, for what is refused.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise typer.BadParameter(refusal(error)) from None
