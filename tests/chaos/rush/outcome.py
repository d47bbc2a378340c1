"""What a scenario came to, as build/chaos.json and the table have it."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from tests.chaos.answers import Heard
from tests.chaos.checker import Row, check


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario's figures.

    `verdicts` counts attempts by what they heard in the end; `converge_s` is the time from the fault's end until every
    attempt was answered and every promise recorded.
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

    @property
    def sound(self) -> bool:
        """Whether all is as promised."""
        faultless = not (self.lost or self.oversold or self.doubled or self.false_duplicates)
        return faultless and self.success == self.rows


def outcome(
    scenario: str, capacity: int, heard: Collection[Heard], rows: Collection[Row], converge_s: float
) -> Outcome:
    """Work out the figures from what was heard and what is recorded."""
    faults = check(capacity, heard, rows)
    last = {(one.user_id, one.key): one for one in heard if not one.again}
    return Outcome(
        scenario=scenario,
        attempts=len(last),
        success=len({one.user_id for one in heard if one.won}),
        rows=len(rows),
        lost=faults.lost,
        oversold=faults.oversold,
        doubled=faults.doubled,
        false_duplicates=faults.false_duplicates,
        converge_s=round(converge_s, 1),
        verdicts=dict(Counter(one.result if one.settled else "UNANSWERED" for one in last.values())),
    )
