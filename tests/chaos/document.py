"""Writes the newest outcomes into docs/reliability.md: `python -m tests.chaos.document` after `make chaos`."""

from pathlib import Path
from typing import Final

from tests.chaos.book import COLUMNS, read, verdicts

PAGE: Final = Path(__file__).parents[2] / "docs" / "reliability.md"
_BEGIN: Final = "<!-- outcomes: written by python -m tests.chaos.document -->"
_END: Final = "<!-- end of outcomes -->"


def main() -> None:
    """Replace what stands between the two marks."""
    head = ["scenario", *(column.replace("_", " ") for column in COLUMNS), "verdicts"]
    rows = [[one.scenario, *(str(getattr(one, column)) for column in COLUMNS), verdicts(one)] for one in read()]
    ruler = ["---", *("--:" for _ in COLUMNS), "---"]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ruler, *rows))
    before, rest = PAGE.read_text().split(_BEGIN)
    _, after = rest.split(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}")


if __name__ == "__main__":
    main()
