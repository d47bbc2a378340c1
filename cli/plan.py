"""The command that plans a rush on AWS: sizes, quotas, schedule and dollars."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from cli import output
from cli.capacity_plan import load_constants, make_plan
from cli.options import Capacity, Json

_TITLES: Final = {
    "rush": "The rush",
    "environments": "JoinFunction",
    "api": "API Gateway",
    "gate": "Redis",
    "stream": "Kafka and PersistFunction",
    "ledger": "Aurora",
    "warmUp": "Warm-up",
}
_DOLLARS: Final = {"rushDollars": "The rush, dollars", "idleDollarsAMonth": "Idle, dollars a month (prod)"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(plan)


def plan(
    capacity: Capacity,
    attempts_per_second: Annotated[int, typer.Option(min=1, max=1_000_000, help="Join requests a second.")],
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long they keep coming.")] = 5,
    *,
    as_json: Json = False,
) -> None:
    """Plan a rush on AWS: what it needs, when, and what it costs; docs/scale.md has each formula."""
    attempts = attempts_per_second * 60 * minutes
    if capacity > attempts:
        raise typer.BadParameter(f"--capacity: {capacity:,} seats are more than the {attempts:,} attempts for them")
    made = make_plan(capacity, attempts_per_second, minutes, load_constants())
    if as_json:
        output.dump(made)
    else:
        show(made)


def show(made: Mapping[str, Any]) -> None:
    """Print a plan's tables; docs/scale.md explains each name."""
    for part, title in _TITLES.items():
        output.record(title, made[part])
    output.table("Quotas", made["quotas"])
    output.table("Schedule", made["schedule"])
    for part, title in _DOLLARS.items():
        output.record(title, {name: f"{value:,.2f}" for name, value in made[part].items()})
