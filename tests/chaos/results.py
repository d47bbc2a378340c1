"""The results of scenarios: build/chaos.json, and the same as a table.

`python -m tests.chaos.results` prints the table and writes it into docs/reliability.md.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import field
from pathlib import Path
from typing import Final, Self

from pydantic import ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass
from rich.console import Console
from rich.markdown import Markdown

from cli.contract import Reply
from cli.judge import Judgement

_ROOT: Final = Path(__file__).parents[2]
_FILE: Final = _ROOT / "build" / "chaos.json"
_PAGE: Final = _ROOT / "docs" / "reliability.md"
_BEGIN: Final = "<!-- results: written by python -m tests.chaos.results -->"
_END: Final = "<!-- end of results -->"
_FIGURES: Final = (
    *("attempts", "success", "rows", "lost", "oversold", "doubled", "false_duplicates", "inversions", "converge_s"),
)
UNANSWERED: Final = "UNANSWERED"


@dataclass(frozen=True, config=ConfigDict(alias_generator=to_camel, populate_by_name=True))
class Result:
    """The figures of a scenario.

    `verdicts` counts attempts by their last reply; `converge_s` is the time from the fault's end until every attempt
    was answered and every promise recorded. `excused` names the pairs out of order that a freed, returned or reclaimed
    seat explains; `inversions` is None in results from before the order was judged.
    """

    scenario: str
    attempts: int
    success: int
    rows: int
    lost: int
    oversold: int
    doubled: int
    false_duplicates: int
    converge_s: float
    verdicts: dict[str, int]
    inversions: int | None = None
    excused: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, scenario: str, replies: Collection[Reply], judgement: Judgement, converge_s: float) -> Self:
        """Summarize the replies of a rush and what the judge found."""
        last = {(reply.user_id, reply.key): reply for reply in replies}
        return cls(
            scenario=scenario,
            attempts=len(last),
            success=len({reply.user_id for reply in replies if reply.won}),
            rows=judgement.rows,
            lost=judgement.lost,
            oversold=judgement.oversold,
            doubled=judgement.doubled,
            false_duplicates=judgement.false_duplicates,
            converge_s=round(converge_s, 1),
            verdicts=dict(Counter(reply.result if reply.settled else UNANSWERED for reply in last.values())),
            inversions=judgement.inversions,
            excused=[str(pair) for pair in judgement.order.excused],
        )

    @property
    def consistent(self) -> bool:
        """Whether the judge found nothing wrong, and every row was promised to somebody."""
        wrong = self.lost or self.oversold or self.doubled or self.false_duplicates
        return not wrong and self.inversions == 0 and self.success == self.rows

    def cells(self) -> list[str]:
        """Return the table's row: the scenario, its figures, and the verdicts, the most frequent first."""
        verdicts = (f"{count} {name}" for name, count in Counter(self.verdicts).most_common())
        return [self.scenario, *map(self._cell, _FIGURES), ", ".join(verdicts)]

    def _cell(self, figure: str) -> str:
        value = getattr(self, figure)
        excused = f" ({len(self.excused)} excused)" if figure == "inversions" and self.excused else ""
        return "-" if value is None else f"{value}{excused}"


_RESULTS: Final = TypeAdapter(list[Result])


def read() -> list[Result]:
    """Return the results of the newest runs."""
    return _RESULTS.validate_json(_FILE.read_bytes()) if _FILE.exists() else []


def write(result: Result) -> None:
    """Write a result in the place of the last one of its scenario, or at the end."""
    results = {one.scenario: one for one in read()} | {result.scenario: result}
    _FILE.parent.mkdir(exist_ok=True)
    _FILE.write_bytes(_RESULTS.dump_json(list(results.values()), by_alias=True, indent=1) + b"\n")


def main() -> None:
    """Print the table and write it into the page."""
    head = ["scenario", *(figure.replace("_", " ") for figure in _FIGURES), "verdicts"]
    ruler = ["---", *("--:" for _ in _FIGURES), "---"]
    rows = (head, ruler, *(result.cells() for result in read()))
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    Console(width=170).print(Markdown(table))
    before, rest = _PAGE.read_text().split(_BEGIN)
    _, after = rest.split(_END)
    _PAGE.write_text(f"{before}{_BEGIN}\n{table}\n{_END}{after}")


if __name__ == "__main__":
    main()
