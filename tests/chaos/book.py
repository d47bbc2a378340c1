"""The outcomes of scenarios: build/chaos.json, and a table of them that a person can read."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.chaos.rush.outcome import Outcome

BOOK: Final = Path(__file__).parents[2] / "build" / "chaos.json"
COLUMNS: Final = ("attempts", "success", "rows", "lost", "oversold", "doubled", "false_duplicates", "converge_s")


def read() -> list[Outcome]:
    """Give the outcomes of the newest runs."""
    return [Outcome(**found) for found in json.loads(BOOK.read_text())] if BOOK.exists() else []


def write(outcome: Outcome) -> None:
    """Put an outcome in the place of the last one of its scenario, or at the end."""
    others = {one.scenario: one for one in read()}
    BOOK.parent.mkdir(exist_ok=True)
    BOOK.write_text(
        json.dumps([asdict(one) for one in (others | {outcome.scenario: outcome}).values()], indent=1) + "\n"
    )


def table(outcomes: Iterable[Outcome]) -> Table:
    """Draw the table."""
    drawn = Table("scenario", title="What was promised, and what came of it")
    for column in COLUMNS:
        drawn.add_column(column.replace("_", " "), justify="right")
    drawn.add_column("verdicts")
    for one in outcomes:
        figures = [str(getattr(one, column)) for column in COLUMNS]
        style = "" if one.sound else "bold red"
        drawn.add_row(one.scenario, *figures, verdicts(one), style=style)
    return drawn


def verdicts(outcome: Outcome) -> str:
    """Name what attempts heard in the end, the most frequent first."""
    counted = sorted(outcome.verdicts.items(), key=lambda item: -item[1])
    return ", ".join(f"{count} {name}" for name, count in counted)


if __name__ == "__main__":
    Console(width=170).print(table(read()))
