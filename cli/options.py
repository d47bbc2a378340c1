"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

ROOT = Path(__file__).parents[1]
DIRECTORY = ROOT / ".local" / "stack"

Directory = Annotated[
    Path, typer.Option("--directory", envvar="EVENTRUSH_DIRECTORY", help="Where the stack keeps its data.")
]
Kind = Annotated[
    Literal["auto", "compose", "native"],
    typer.Option("--stack", envvar="STACK", help="Containers, this machine's own programs, or what can be had."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
EventId = Annotated[str, typer.Argument(metavar="EVENT", help="The event's id.")]
Workers = Annotated[int, typer.Option(min=1, max=64, help="Processes that answer, one request at a time each.")]
Seed = Annotated[int, typer.Option(help="What decides the order in which people come.")]
