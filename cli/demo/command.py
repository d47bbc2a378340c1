"""The command: `make demo` is this after the set-up."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from admin import dependencies
from admin.commands import MAX_CAPACITY
from admin.service import Admin
from cli import live, present
from cli.application import application
from cli.demo.audit import audit
from cli.demo.outcome import Outcome
from cli.demo.rows import await_rows, read
from cli.load import Plan, Tally
from cli.load.plan import default_users
from cli.options import ROOT, Attempts, Concurrency, Kind, Seed, Users, Workers
from cli.progress import Progress
from cli.signals import undisturbed
from eventrush.models import Event
from local.servers import Stack, start

EVENT_ID = "demo"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(  # noqa: PLR0913, PLR0917 - each an option
    attempts: Attempts = 1000,
    concurrency: Concurrency = 50,
    users: Users = None,
    capacity: Annotated[int, typer.Option(envvar="CAPACITY", min=1, max=MAX_CAPACITY, help="Seats.")] = 100,
    kind: Kind = "auto",
    seed: Seed = 1,
    workers: Workers = 2,
    directory: Annotated[Path, typer.Option(help="Where the stack has a directory of its own.")] = ROOT / ".local",
    output: Annotated[Path, typer.Option(help="Where the figures go.")] = ROOT / "build" / "demo.json",
) -> int:
    """Rush a brand-new stack and check every answer against every row; the exit status is 1 when anything is amiss."""
    with _new_stack(directory, kind) as stack:
        admin = dependencies.connect(stack.environ)
        admin.migrate()
        admin.create(Event(EVENT_ID, "The demonstration", capacity))
        tally = Tally()
        with application(stack.environ, stack.directory, workers=workers) as front:
            plan = Plan(front.url, EVENT_ID, attempts, concurrency, users or default_users(attempts), seed)
            outcome = _rush(stack.kind, plan, capacity, admin, tally)
    outcome.write(output)
    outcome.show()
    present.say(f"The figures are in {output}.")
    if not outcome.sound:
        present.say(f"The logs are in {stack.directory}.")
        return 1
    shutil.rmtree(stack.directory)
    return 0


def _rush(kind: str, plan: Plan, capacity: int, admin: Admin, tally: Tally) -> Outcome:
    asyncio.run(live.run(plan, tally, lambda: Progress.of(admin, EVENT_ID)))
    took_s = await_rows(admin, EVENT_ID, len(tally.winners), tally.ended_at)
    return Outcome(kind, plan, capacity, tally, audit(tally, read(admin, EVENT_ID), capacity), took_s)


@contextmanager
def _new_stack(under: Path, kind: str) -> Iterator[Stack]:
    """Start a stack that has never been used; its logs are left of it, but for an interrupt."""
    under.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="demo-", dir=under))
    try:
        stack = start(directory, kind)
        try:
            yield stack
        finally:
            with undisturbed():
                stack.discard()
    except (KeyboardInterrupt, SystemExit):
        shutil.rmtree(directory)
        raise
