"""The command that sends a rush to an API, and its live view."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pymysql
import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from cli import deployed_stack, export, generator, judge, output, running_api
from cli.admin_client import AdminClient, Client, DeployedClient, NoServersError, settings
from cli.deployed_stack import DeployedStack
from cli.generator import Plan, Tally, crowd, default_users
from cli.options import DIRECTORY, Attempts, Concurrency, Directory, Json, Seed, SentIdentity, Url, Users, event_id
from cli.order import Explanation, Order, Reason, judge_order
from cli.signals import run_cancellable
from cli.tokens import tokens_of
from eventrush.errors import EventrushError

_EVERY_S = 0.25
_WIDTH = 40
_ROWS_WITHIN_S = 10.0
_NAMED = 5
# A rush on AWS costs money, and makes an event whose id begins so.
_STACK_EVENT = "rush-"
_STACK_ATTEMPTS = 20_000
_STACK_CONCURRENCY = 200
_STACK_ROWS_WITHIN_S = 120.0
_COLOURS = {"SUCCESS": "green", "DUPLICATE": "yellow", "LIMIT_EXCEEDED": "cyan"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rush)


def rush(  # noqa: PLR0913, PLR0917 - each an option
    attempts: Attempts = 1000,
    concurrency: Concurrency = 50,
    users: Users = None,
    seed: Seed = 1,
    event: Annotated[str, typer.Option(metavar="EVENT", parser=event_id, help="The event to join.")] = "default",
    url: Url = None,
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="Attempts due a second, answered or not; latency counts from then.")
    ] = None,
    directory: Directory = DIRECTORY,
    identity: SentIdentity = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a rush on AWS.")] = False,
    as_json: Json = False,
) -> int:
    """Send a rush, count the verdicts and judge their order; on AWS to an event that is made for it and then closed.

    The exit status is 1 when something else was answered, or a user was served before one who came first. The order is
    judged where the servers behind the API are known: `serve` and `sam-api` note them.
    """
    users = users or default_users(attempts)
    if stack := deployed_stack.chosen():
        if url or identity or event != "default":
            raise typer.BadParameter("--stack-name: a rush on AWS has its own --url and --event, and no --identity")
        event = f"{_STACK_EVENT}{datetime.now(UTC):%Y%m%d-%H%M%S}"
        plan = Plan(stack.outputs["ApiUrl"], event, crowd(attempts, users, seed), concurrency, rate)
        return _rush_on_stack(stack, plan, yes=yes, as_json=as_json)
    api = running_api.address(url, directory)
    running_api.require_loopback(api)
    seats = running_api.capacity(api, event)
    running = running_api.find(directory)
    servers = running.settings if running and running_api.is_same(api, running.url) else None
    before = _count_rows(servers, event)
    order = crowd(attempts, users, seed)
    tokens = tokens_of({attempt.user_id for attempt in order}, identity, servers, quiet=as_json)
    plan, tally = Plan(api, event, order, concurrency, rate, tokens=tokens), Tally()
    run_cancellable(send(plan, tally, None if as_json else _progress(directory, event), quiet=as_json))
    judged = None if servers is None or before is None else _judge_order(servers, plan, tally, before, seats)
    figures = {
        "attempts": attempts,
        "concurrency": concurrency,
        "users": users,
        **tally.verdicts(),
        "unexpected": tally.unexpected,
        **tally.speed(),
        "inversions": len(judged.inversions) if judged else None,
        "excused": [str(pair) for pair in judged.excused] if judged else [],
    }
    output.record(f"The rush on {event}", figures, as_json=as_json)
    if judged and not as_json:
        name_inversions(judged)
    return 1 if tally.other or (judged and judged.inversions) else 0


def _rush_on_stack(stack: DeployedStack, plan: Plan, *, yes: bool, as_json: bool) -> int:
    """Send a bounded rush to an event made for it, close it, and compare every reply with every row."""
    if len(plan.attempts) > _STACK_ATTEMPTS or plan.concurrency > _STACK_CONCURRENCY:
        raise typer.BadParameter(
            f"--stack-name: a rush on AWS has at most --attempts {_STACK_ATTEMPTS} and"
            f" --concurrency {_STACK_CONCURRENCY}; k6 can send more"
        )
    seats = max(1, len(plan.attempts) // 10)
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("--yes is required where nobody can be asked")
        question = f"Create {plan.event_id} with {seats:,} seats on {stack.name}, and send {headline(plan)}?"
        typer.confirm(question, abort=True, err=True)
    admin = DeployedClient(stack)
    admin.ask("create", eventId=plan.event_id, name="A rush", capacity=seats)
    tally = Tally()
    try:
        run_cancellable(send(plan, tally, None, quiet=as_json))
    finally:
        admin.ask("close", eventId=plan.event_id)
    with suppress(RetryError):  # the judge counts missing rows
        until_recorded = Retrying(
            stop=stop_after_delay(_STACK_ROWS_WITHIN_S), wait=wait_fixed(1), retry=retry_if_not_result(bool)
        )
        until_recorded(lambda: admin.ask("report", eventId=plan.event_id)["recorded"] >= tally.winners)
    rows = [judge.Row(row["seatNo"], row["userId"], row["epoch"]) for row in recorded(admin, plan.event_id)]
    found = judge.judge(tally.replies, rows, seats)
    figures = {"eventId": plan.event_id, "attempts": len(plan.attempts), "concurrency": plan.concurrency}
    figures |= {**tally.verdicts(), "unexpected": tally.unexpected, **tally.speed(), **found.figures()}
    output.record(f"The rush on {stack.name}", figures, as_json=as_json)
    if not as_json:
        name_inversions(found.order)
    return 0 if found.consistent and not tally.other else 1


def recorded(admin: Client, event_id: str) -> Iterator[dict[str, Any]]:
    """Iterate over an event's rows, as AdminFunction exports them."""
    for page in export.pages(lambda after: admin.ask("export", eventId=event_id, after=after)):
        yield from page["rows"]


def name_inversions(order: Order) -> None:
    """Name the first users who were served out of order."""
    for pair in order.inversions[:_NAMED]:
        output.message(f"Out of order: {pair}.")


def _count_rows(servers: Mapping[str, str] | None, event_id: str) -> int | None:
    """Return how many rows an event has; None where that is not known."""
    try:
        return judge.count_rows(servers, event_id) if servers else None
    except pymysql.Error:
        return None


def _judge_order(
    servers: Mapping[str, str], plan: Plan, tally: Tally, rows_before: int, seats_before: int
) -> Order | None:
    """Judge the order of a rush; None where the servers do not answer any more."""
    try:
        winners = rows_before + tally.winners
        judge.await_rows(servers, plan.event_id, winners, tally.ended_at, within_s=_ROWS_WITHIN_S)
        rows = judge.read_rows(servers, plan.event_id)
        seats = running_api.capacity(plan.url, plan.event_id)
    except (pymysql.Error, running_api.TargetError):
        return None
    return judge_order(tally.replies, judge.by_user(rows), added_seats(tally, seats_before, seats))


def added_seats(tally: Tally, before: int, after: int) -> list[Explanation]:
    """List the seats that were added at some time during a rush."""
    added = range(before + 1, after + 1)
    return [Explanation(Reason.ADDED, added, tally.started_at, tally.ended_at)] if added else []


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an event is behind the API; None where the servers do not answer."""

    pending: int | None = None
    rows: int | None = None


type Ask = Callable[[], Progress]


def progress(client: AdminClient, servers: Mapping[str, str], event_id: str) -> Progress:
    """Return what is pending at the gate and recorded in the ledger now."""
    try:
        return Progress(client.ask("show", eventId=event_id).get("pending"), judge.count_rows(servers, event_id))
    except (EventrushError, pymysql.Error):
        return Progress()


def _progress(directory: Path, event_id: str) -> Ask | None:
    try:
        servers = settings(directory)
    except NoServersError:
        return None
    client = AdminClient(servers)
    return lambda: progress(client, servers, event_id)


async def send(
    plan: Plan, tally: Tally, ask: Ask | None, *, quiet: bool = False, console: Console = output.console
) -> None:
    """Send the rush; show it unless `quiet`. `ask` is called in a thread, one call at a time."""
    if not quiet and not console.is_terminal:
        output.message(f"{headline(plan)} …")
    if quiet or not console.is_terminal:
        await generator.run(plan, tally)
        return
    now, title = Progress(), headline(plan)
    with Live(console=console, auto_refresh=False, transient=True) as shown:
        sending = asyncio.create_task(generator.run(plan, tally))
        while not sending.done():
            await asyncio.wait({sending}, timeout=_EVERY_S)
            now = await asyncio.to_thread(ask) if ask else now
            shown.update(Group(title, funnel(tally, len(plan.attempts), now)), refresh=True)
        await sending


def headline(plan: Plan) -> str:
    """Describe a rush in a line."""
    users = len({attempt.user_id for attempt in plan.attempts})
    return f"{len(plan.attempts):,} attempts on {plan.concurrency:,} connections by {users:,} users"


def funnel(tally: Tally, attempts: int, now: Progress) -> RenderableType:
    """Draw a rush of so many attempts as it stands."""
    bars = Table.grid(padding=(0, 2))
    bars.add_column(justify="right")
    bars.add_column(justify="right")
    bars.add_column()

    def bar(name: str, count: int | None, colour: str) -> None:
        if count is not None:
            full = ProgressBar(attempts, count, _WIDTH, complete_style=colour, finished_style=colour)
            bars.add_row(name, f"{count:,}", full)

    bar("answered", tally.answered, "white")
    for label, colour in _COLOURS.items():
        bar(label, tally.counts[label], colour)
    for label, count in tally.unexpected.items():
        bar(label, count, "red")
    bar("pending", now.pending, "magenta")
    bar("rows", now.rows, "green")
    return bars
