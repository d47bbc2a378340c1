"""The outcome of a demonstration, as build/demo.json has it and as a person reads it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.panel import Panel
from rich.table import Table

from cli.demo.audit import Audit
from cli.load import Plan, Tally
from cli.present import console


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was sent, what was answered, what is recorded, and how long it took."""

    stack: str
    plan: Plan
    capacity: int
    tally: Tally
    audit: Audit
    seconds_to_last_row: float | None

    @property
    def sound(self) -> bool:
        """Whether every seat that could go has gone, once, to somebody who has a row."""
        seats = min(self.capacity, self.plan.users_who_try)
        audit = self.audit
        won = self.tally.counts["SUCCESS"] == audit.rows == audit.distinct_users == audit.distinct_seats == seats
        return won and not (audit.lost or audit.oversold or audit.doubled or self.tally.other)

    def write(self, path: Path) -> None:
        """Write it for programs."""
        p50, p95, p99 = self.tally.percentiles_ms(50, 95, 99)
        last_row = self.seconds_to_last_row
        figures = {
            "stack": self.stack,
            "attempts": self.plan.attempts,
            "concurrency": self.plan.concurrency,
            "users": self.plan.users,
            "capacity": self.capacity,
            "success": self.tally.counts["SUCCESS"],
            "duplicate": self.tally.counts["DUPLICATE"],
            "limit_exceeded": self.tally.counts["LIMIT_EXCEEDED"],
            "other": self.tally.other,
            **asdict(self.audit),
            "requests_per_s": round(self.tally.requests_per_s, 1),
            "p50_ms": round(p50, 2),
            "p95_ms": round(p95, 2),
            "p99_ms": round(p99, 2),
            "seconds_to_last_row": None if last_row is None else round(last_row, 3),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=2) + "\n")

    def show(self) -> None:
        """Show it to a person."""
        plan, tally, audit = self.plan, self.tally, self.audit
        p50, _, p99 = tally.percentiles_ms(50, 95, 99)
        told = Table.grid(padding=(0, 2))
        told.add_column(justify="right", style="bold")
        told.add_column()
        told.add_row(f"{plan.attempts:,}", f"attempts by {plan.users_who_try:,} people for {self.capacity:,} seats")
        told.add_row(f"{tally.counts['SUCCESS']:,}", "won a seat")
        told.add_row(f"{tally.counts['DUPLICATE']:,}", "had a seat already")
        told.add_row(f"{tally.counts['LIMIT_EXCEEDED']:,}", "came too late")
        for label, count in tally.unexpected.items():
            told.add_row(f"{count:,}", f"{label}, which should not be", style="red")
        late = "never" if self.seconds_to_last_row is None else f"{self.seconds_to_last_row:.2f} s"
        told.add_row(f"{audit.rows:,}", f"rows in MySQL, the last one {late} after the last answer")
        told.add_row(
            f"{tally.requests_per_s:,.0f}", f"answers a second; half within {p50:.0f} ms, 99 of 100 in {p99:.0f}"
        )
        told.add_row(f"{audit.lost:,}", "lost")
        told.add_row(f"{audit.doubled:,}", "twice")
        told.add_row(f"{audit.oversold:,}", "oversold")
        colour, title = ("green", "Every promise kept") if self.sound else ("red", "Not sound")
        console.print(Panel(told, title=title, border_style=colour, expand=False))
