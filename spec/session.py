"""Runs checks side by side with progress on the terminal, and reports what they found."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from spec.checks import Check
from spec.tlc import Tlc
from spec.tlc_output import Result


@dataclass(frozen=True, slots=True)
class Outcome:
    """A check and what TLC found; `seconds` is how long it took."""

    check: Check
    result: Result
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether a bound has no violation so far, or a mutant violates what it must."""
        return self.result.violated == self.check.breaks

    @property
    def verdict(self) -> str:
        """What was found, in words."""
        result, check = self.result, self.check
        if result.violated:
            return f"breaks {result.violated} in {len(result.steps) - 1} steps"
        if check.is_mutant:
            return f"survives: {check.breaks} holds{'' if result.complete else ' so far'}"
        return "every guarantee holds" if result.complete else "no violation so far"


async def run_checks(  # noqa: PLR0913 each is a dependency or a bound
    tlc: Tlc,
    checks: Sequence[Check],
    console: Console,
    *,
    parallel: int = 2,
    workers: int = 1,
    heap_mib: int = 1024,
    stop_after_s: float | None = None,
) -> list[Outcome]:
    """Run checks, `parallel` at a time, in the order given; a check that is not done after `stop_after_s` is stopped.

    Raises `SpecError` where TLC could not check. Then, and if the task is cancelled, the checks that run are stopped.
    """
    turns = asyncio.Semaphore(parallel)
    done: dict[str, Outcome] = {}

    async def run(check: Check) -> None:
        async with turns:
            began, latest = time.monotonic(), Result()
            with _shown(progress, check) as show:

                def on_progress(result: Result) -> None:
                    nonlocal latest
                    latest = result
                    show(result)

                try:
                    async with asyncio.timeout(stop_after_s):
                        latest = await tlc.check(check, on_progress, workers=workers, heap_mib=heap_mib)
                except TimeoutError:
                    pass  # what it found so far is reported
            outcome = done[check.name] = Outcome(check, latest, time.monotonic() - began)
            console.print(f"{'passed' if outcome.passed else 'FAILED'}: {check.name}: {outcome.verdict}")

    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    ) as progress:
        try:
            async with asyncio.TaskGroup() as group:
                for check in checks:
                    group.create_task(run(check))
        except* Exception as failures:  # noqa: BLE001 the first is raised as it is
            raise failures.exceptions[0] from None
    return [done[check.name] for check in checks]


@contextmanager
def _shown(progress: Progress, check: Check) -> Iterator[Callable[[Result], None]]:
    """Show a check while it runs."""
    task: TaskID = progress.add_task(check.name, total=None)

    def show(result: Result) -> None:
        counts = f"{result.distinct:,} states, {result.queued:,} to go on from, depth {result.depth}"
        progress.update(task, description=f"{check.name}: {counts}")

    try:
        yield show
    finally:
        progress.remove_task(task)


def report(outcomes: Sequence[Outcome], console: Console, *, explain: bool = False) -> bool:
    """Print a table, the counterexamples that nobody expects or with `explain` all, and the closing line.

    Returns whether every check passed.
    """
    for outcome in outcomes:
        if outcome.result.steps and (explain or not outcome.passed):
            _print_counterexample(outcome, console)
    table = Table("", "model", "check", "found", title="The protocol, checked by TLC", title_justify="left")
    for column in ("states", "depth", "s"):
        table.add_column(column, justify="right")
    for outcome in outcomes:
        result = outcome.result
        figures = (f"{result.distinct:,}", str(result.depth), f"{outcome.seconds:.0f}")
        kind = "mutant" if outcome.check.is_mutant else "bound"
        names = (kind, outcome.check.model.name, outcome.check.name)
        table.add_row(*names, outcome.verdict, *figures, style="" if outcome.passed else "bold red")
    console.print(table)
    failed = sum(not outcome.passed for outcome in outcomes)
    console.print(f"{len(outcomes) - failed} passed, {failed} failed")
    return not failed


def _print_counterexample(outcome: Outcome, console: Console) -> None:
    console.print(f"{outcome.check.name} {outcome.verdict}:", style="bold")
    for number, (before, after) in enumerate(pairwise(outcome.result.steps), start=1):
        changes = "; ".join(sorted(after.variables - before.variables))
        console.print(f"{number:4}. {after.action}: {changes}", soft_wrap=True)
    console.print()
