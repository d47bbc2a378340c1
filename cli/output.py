"""How commands show things: one look for messages, tables and panels, and JSON for programs."""

import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import typer
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

# What users sent is shown among other things: brackets and colons in it are no markup.
console = Console(highlight=False, markup=False, emoji=False)
_PICTURE_WIDTH: Final = 76


def message(sentence: str) -> None:
    """Print a sentence."""
    console.print(sentence, soft_wrap=True)


def dump(value: object) -> None:
    """Print JSON, for programs."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows that have the same fields."""
    shown = Table(title=title, title_justify="left", header_style="bold")
    for name, value in (rows[0] if rows else {}).items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        shown.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(text(value) for value in row.values()))
    console.print(shown)


def record(title: str, values: Mapping[str, Any], *, as_json: bool = False) -> None:
    """Print the fields of one thing, for programs or for people."""
    if as_json:
        dump(values)
        return
    shown = Table(title=title, title_justify="left", show_header=False)
    for name, value in values.items():
        shown.add_row(name, text(value))
    console.print(shown)


def panel(title: str, rows: Sequence[tuple[str, str]], *, good: bool) -> Panel:
    """Draw what a rush came to: a figure and its meaning a row."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="bold")
    grid.add_column()
    for figure, meaning in rows:
        grid.add_row(Text(figure), Text(meaning))
    return Panel(grid, title=title, border_style="green" if good else "red", expand=False)


def draw(path: Path, title: str, *lines: RenderableType) -> None:
    """Draw lines as a terminal shows them into an SVG file."""
    recorder = Console(
        record=True, file=io.StringIO(), width=_PICTURE_WIDTH, force_terminal=True, highlight=False, markup=False
    )
    recorder.print(Group(*lines))
    svg = recorder.export_svg(title=title, unique_id="eventrush")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL))  # no font is fetched from elsewhere


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
        case dict():
            return ", ".join(f"{text(inner)} {name}" for name, inner in value.items()) or "-"
        case _:
            return str(value)
