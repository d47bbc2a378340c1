"""The demonstration: a stack of its own, a rush, and the judge's verdict; `make demo` is this after the set-up."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.panel import Panel

from cli import output, rush
from cli.admin_client import AdminClient
from cli.environment import environment, kafka_options
from cli.generator import Plan, Tally, crowd, default_users
from cli.judge import Judgement, await_rows, judge, read_rows
from cli.options import ROOT, Attempts, Concurrency, DemoCapacity, Identity, Kind, Seed, Users, Workers
from cli.signals import run_cancellable, signals_ignored
from cli.tokens import Signer
from local.application import ApiOptions, application
from local.http_api import WORKERS
from local.servers import Stack, start

EVENT_ID = "demo"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was sent, answered and recorded; `seconds_to_last_row` counts from the last answer, None if rows lack."""

    stack: str
    plan: Plan
    users: int
    capacity: int
    tally: Tally
    judgement: Judgement
    seconds_to_last_row: float | None

    @property
    def consistent(self) -> bool:
        """Whether every seat, or one for each user where seats are left, went to a user with its row."""
        found = self.judgement
        seats = min(self.capacity, len({attempt.user_id for attempt in self.plan.attempts}))
        told = self.tally.counts["SUCCESS"]
        full = told == found.rows == found.distinct_users == found.distinct_seats == seats
        return full and found.consistent and not self.tally.other

    def figures(self) -> dict[str, Any]:
        """Return what build/demo.json holds."""
        last_row_s = self.seconds_to_last_row
        return {
            "stack": self.stack,
            "attempts": len(self.plan.attempts),
            "concurrency": self.plan.concurrency,
            "users": self.users,
            "capacity": self.capacity,
            **self.tally.verdicts(),
            **self.judgement.figures(),
            **self.tally.speed(),
            "secondsToLastRow": None if last_row_s is None else round(last_row_s, 3),
        }

    def panel(self) -> Panel:
        """Draw it for a person."""
        figures = self.figures()
        users = len({attempt.user_id for attempt in self.plan.attempts})
        last_row_s = self.seconds_to_last_row
        last_row = "never" if last_row_s is None else f"{last_row_s:.2f} s"
        rows = [
            (len(self.plan.attempts), f"attempts by {users:,} users for {self.capacity:,} seats"),
            (figures["success"], "won a seat"),
            (figures["duplicate"], "had a seat already"),
            (figures["limitExceeded"], "came too late"),
            *((count, f"{label}: unexpected") for label, count in self.tally.unexpected.items()),
            (figures["rows"], f"rows in MySQL, the last one {last_row} after the last answer"),
            (
                round(figures["requestsPerS"]),
                f"answers a second; half within {figures['p50Ms']:.0f} ms, 99 of 100 within {figures['p99Ms']:.0f} ms",
            ),
            (figures["lost"], "lost"),
            (figures["doubled"], "doubled"),
            (figures["oversold"], "oversold"),
            (figures["falseDuplicates"], "false duplicates"),
            (figures["inversions"], "served out of order"),
        ]
        title = "Every promise kept" if self.consistent else "Inconsistent"
        return output.panel(title, [(f"{count:,}", meaning) for count, meaning in rows], good=self.consistent)


def demo(  # noqa: PLR0913, PLR0917 - each an option
    attempts: Attempts = 1000,
    concurrency: Concurrency = 50,
    users: Users = None,
    capacity: DemoCapacity = 100,
    kind: Kind = "auto",
    seed: Seed = 1,
    workers: Workers = WORKERS,
    directory: Annotated[Path, typer.Option(help="Directory for the stack's own directory.")] = ROOT / ".local",
    file: Annotated[Path, typer.Option("--output", help="File for the figures.")] = ROOT / "build" / "demo.json",
    identity: Identity = "body",
    svg: Annotated[Path | None, typer.Option(help="File for a picture of the run.")] = None,
) -> int:
    """Rush a new stack and compare every answer with the rows; the exit status is 1 when they differ."""
    users = users or default_users(attempts)
    order = crowd(attempts, users, seed)
    signer = Signer() if identity == "token" else None
    options: ApiOptions = signer.trust.api_options if signer else {}
    tokens = signer.sign_all({attempt.user_id for attempt in order}) if signer else {}
    with _new_stack(directory, kind) as stack:
        settings = environment(stack)
        client = AdminClient(settings)
        client.ask("migrate")
        client.ask("create", eventId=EVENT_ID, name="The demonstration", capacity=capacity)
        tally = Tally()
        with application(settings, stack.directory, workers=workers, **options, **kafka_options(settings)) as api:
            plan = Plan(api.url, EVENT_ID, order, concurrency, tokens=tokens)
            run_cancellable(rush.send(plan, tally, lambda: rush.progress(client, settings, EVENT_ID)))
            last_row_s = await_rows(settings, EVENT_ID, tally.winners, tally.ended_at)
            found = judge(tally.replies, read_rows(settings, EVENT_ID), capacity)
            outcome = Outcome(stack.kind, plan, users, capacity, tally, found, last_row_s)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(outcome.figures(), indent=2) + "\n")
    output.console.print(outcome.panel())
    output.message(f"The figures are in {file}.")
    if svg:
        output.draw(svg, "make demo", "$ make demo", f"{rush.headline(plan)} …", outcome.panel())
    rush.name_inversions(outcome.judgement.order)
    if not outcome.consistent:
        output.message(f"The logs are in {stack.directory}.")
        return 1
    shutil.rmtree(stack.directory)
    return 0


@contextmanager
def _new_stack(under: Path, kind: str) -> Iterator[Stack]:
    """Start a new stack and discard it afterwards; its logs stay unless it is interrupted."""
    under.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="demo-", dir=under))
    try:
        stack = start(directory, kind)
        try:
            yield stack
        finally:
            with signals_ignored():
                stack.discard()
    except (KeyboardInterrupt, SystemExit):
        shutil.rmtree(directory)
        raise
