"""How commands show things to people."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

# What users sent is shown among other things: brackets and colons in it are no markup.
console = Console(highlight=False, markup=False, emoji=False)


def say(sentence: str) -> None:
    """Print a sentence."""
    console.print(sentence, soft_wrap=True)


def table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows that have the same fields."""
    shown = Table(title=title, title_justify="left", header_style="bold")
    for name, value in (rows[0] if rows else {}).items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        shown.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(text(value) for value in row.values()))
    console.print(shown)


def dump(value: object) -> None:
    """Print JSON, for programs."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def one(title: str, values: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing, for programs or for people."""
    if as_json:
        dump(values)
    else:
        fields(title, values)


def fields(title: str, values: Mapping[str, Any]) -> None:
    """Print one thing's fields, one a line."""
    shown = Table(title=title, title_justify="left", show_header=False)
    for name, value in values.items():
        shown.add_row(name, text(value))
    console.print(shown)


def text(value: object) -> str:
    """Write a value for people."""
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.1f}"
        case list() | tuple():
            return ", ".join(map(text, value)) or "-"
        case _:
            return str(value)
