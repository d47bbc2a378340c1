"""Options that several commands share, and their checks."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from admin.commands import MAX_CAPACITY
from cli.generator import MAX_ATTEMPTS, MAX_CONCURRENCY, MAX_USERS
from cli.running_api import PORT
from eventrush import identifiers

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / ".local" / "stack"

Directory = Annotated[
    Path, typer.Option("--directory", envvar="EVENTRUSH_DIRECTORY", help="The directory of the stack's data.")
]
Kind = Annotated[
    Literal["auto", "compose", "native"],
    typer.Option("--stack", envvar="STACK", help="Containers, native processes, or what this machine can run."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Processes of the API, one request at a time each.")]
Attempts = Annotated[int, typer.Option(envvar="ATTEMPTS", min=1, max=MAX_ATTEMPTS, help="Number of join requests.")]
Concurrency = Annotated[
    int, typer.Option(envvar="CONCURRENCY", min=1, max=MAX_CONCURRENCY, help="Connections, one request at a time each.")
]
Users = Annotated[
    int | None,
    typer.Option(envvar="USERS", min=1, max=MAX_USERS, show_default="9 of 10 attempts", help="Number of users."),
]
Seed = Annotated[int, typer.Option(help="Seed of the order in which users come.")]
Capacity = Annotated[int, typer.Option(min=1, max=MAX_CAPACITY, help="Number of seats.")]
DemoCapacity = Annotated[int, typer.Option(envvar="CAPACITY", min=1, max=MAX_CAPACITY, help="Number of seats.")]
Identity = Annotated[
    Literal["body", "token"],
    typer.Option(envvar="IDENTITY", help="Who vouches for a user: the request's body, or a token."),
]
SentIdentity = Annotated[
    Literal["body", "token"] | None,
    typer.Option(
        "--identity", envvar="IDENTITY", show_default="as the running API", help="With token, each user's is sent."
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="API_URL",
        show_default=f"the running API, else http://127.0.0.1:{PORT}",
        help="Address of the API.",
    ),
]


def event_id(text: str) -> str:
    """Return an event's id; raises `typer.BadParameter` for what cannot be one."""
    try:
        return identifiers.event_id_text(text)
    except ValueError:
        raise typer.BadParameter(
            "an event's id is 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit"
        ) from None


EventId = Annotated[str, typer.Argument(metavar="EVENT", parser=event_id, help="Id of the event.")]
