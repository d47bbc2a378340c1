"""Show a rush while it happens: how far it is, the funnel of verdicts, and what is on its way to the ledger."""

import asyncio
from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from cli import load, present
from cli.load import Plan, Tally
from cli.progress import Progress

_EVERY_S = 0.25
_WIDTH = 40
_COLOURS = {"SUCCESS": "green", "DUPLICATE": "yellow", "LIMIT_EXCEEDED": "cyan"}

Ask = Callable[[], Progress]


async def run(plan: Plan, tally: Tally, ask: Ask | None, *, quiet: bool = False) -> None:
    """Send the rush; show it unless `quiet`. `ask` is called in a thread, one call at a time."""
    if not quiet and not present.console.is_terminal:
        present.say(f"{_headline(plan)} …")
    if quiet or not present.console.is_terminal:
        await load.run(plan, tally)
        return
    progress = Progress()
    with Live(console=present.console, auto_refresh=False, transient=True) as shown:
        rush = asyncio.create_task(load.run(plan, tally))
        while not rush.done():
            await asyncio.wait({rush}, timeout=_EVERY_S)
            progress = await asyncio.to_thread(ask) if ask else progress
            shown.update(funnel(plan, tally, progress), refresh=True)
        await rush


def funnel(plan: Plan, tally: Tally, progress: Progress) -> RenderableType:
    """Draw the rush as it stands."""
    bars = Table.grid(padding=(0, 2))
    bars.add_column(justify="right")
    bars.add_column(justify="right")
    bars.add_column()

    def bar(name: str, count: int | None, colour: str) -> None:
        if count is not None:
            full = ProgressBar(plan.attempts, count, _WIDTH, complete_style=colour, finished_style=colour)
            bars.add_row(name, f"{count:,}", full)

    bar("answered", tally.answered, "white")
    for label, colour in _COLOURS.items():
        bar(label, tally.counts[label], colour)
    for label, count in tally.unexpected.items():
        bar(label, count, "red")
    bar("pending", progress.pending, "magenta")
    bar("rows", progress.rows, "green")
    return Group(_headline(plan), bars)


def _headline(plan: Plan) -> str:
    return f"{plan.attempts:,} attempts on {plan.concurrency:,} connections by {plan.users_who_try:,} people"
