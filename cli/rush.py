"""The command that sends a rush to an API on this machine."""

import asyncio
from typing import Annotated, Any

import typer

from admin import dependencies
from cli import live, present
from cli.load import Plan, Tally
from cli.load.plan import default_users
from cli.load.target import ask, loopback
from cli.options import (
    DIRECTORY,
    PORT,
    Attempts,
    Concurrency,
    Directory,
    Json,
    Seed,
    Users,
    event_id,
)
from cli.progress import Progress
from local.servers import find


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rush)


def rush(  # noqa: PLR0913, PLR0917 - each an option
    attempts: Attempts = 1000,
    concurrency: Concurrency = 50,
    users: Users = None,
    seed: Seed = 1,
    event: Annotated[
        str, typer.Option(metavar="EVENT", parser=event_id, help="The event they want to join.")
    ] = "default",
    url: Annotated[str, typer.Option(help="The API, on this machine.")] = f"http://127.0.0.1:{PORT}",
    rate: Annotated[float | None, typer.Option(min=0.1, help="At most so many attempts a second.")] = None,
    directory: Directory = DIRECTORY,
    *,
    as_json: Json = False,
) -> int:
    """Send a rush and count the verdicts; the exit status is 1 when something else was answered."""
    plan = Plan(loopback(url), event, attempts, concurrency, users or default_users(attempts), seed, rate)
    tally = Tally()
    asyncio.run(_rush(plan, tally, directory, quiet=as_json))
    values = figures(plan, tally)
    present.one(f"The rush on {event}", values, as_json=as_json)
    return 1 if tally.other else 0


def figures(plan: Plan, tally: Tally) -> dict[str, Any]:
    """Return what a rush came to, for people and programs."""
    p50, p95, p99 = tally.percentiles_ms(50, 95, 99)
    return {
        "attempts": plan.attempts,
        "concurrency": plan.concurrency,
        "users": plan.users,
        "success": tally.counts["SUCCESS"],
        "duplicate": tally.counts["DUPLICATE"],
        "limit_exceeded": tally.counts["LIMIT_EXCEEDED"],
        "other": tally.other,
        **tally.unexpected,
        "requests_per_s": round(tally.requests_per_s, 1),
        "p50_ms": round(p50, 1),
        "p95_ms": round(p95, 1),
        "p99_ms": round(p99, 1),
    }


async def _rush(plan: Plan, tally: Tally, directory: Directory, *, quiet: bool) -> None:
    await ask(plan.url, plan.event_id)
    stack = find(directory)
    admin = dependencies.connect(stack.environ) if stack else None
    await live.run(plan, tally, (lambda: Progress.of(admin, plan.event_id)) if admin else None, quiet=quiet)
