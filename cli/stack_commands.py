"""Commands for the servers: up, down, status, env, which."""

import logging
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import deployed_stack, output, running_api
from cli.admin_client import AdminClient, ask, running_stack
from cli.environment import environment
from cli.options import DIRECTORY, Directory, Json, Kind
from eventrush.errors import EventrushError
from local.servers import Stack, choose, complete, find, saved

logger = logging.getLogger("local.cli")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (up, down, status, env, which):
        app.command()(command)


def up(kind: Kind = "auto", directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Start Redis, Kafka and MySQL, those that do not run."""
    stack = complete(directory, kind)
    AdminClient(environment(stack)).ask("migrate")
    _show(stack, as_json=as_json)


def down(
    directory: Directory = DIRECTORY,
    *,
    discard: Annotated[bool, typer.Option("--discard", help="Delete their data too, stopped or not.")] = False,
) -> None:
    """Stop the servers; their data stay unless discarded."""
    stack = saved(directory) if discard else find(directory)
    if running_api.find(directory) is None:
        running_api.forget(directory)  # what a killed process left
    if stack is None:
        output.message("No stack runs.")
    elif discard:
        stack.discard()
        output.message("Stopped, and its data deleted.")
    else:
        stack.stop()
        output.message("Stopped.")


def status(directory: Directory = DIRECTORY, *, as_json: Json = False) -> int:
    """Show the servers, the API and what waits, or a stack on AWS and its alarms.

    The exit status is 1 when a server does not run, or an alarm is raised.
    """
    if deployed := deployed_stack.chosen():
        found = deployed.status() | {"waiting": ask(directory, "status")}
        output.record(f"The stack {deployed.name}", found, as_json=as_json)
        return 1 if found["alarms"] else 0
    stack = running_stack(directory)
    alive = all(service.alive() for service in stack.services.values())
    _show(stack, as_json=as_json, waiting=_waiting(directory) if alive else None)
    return 0 if alive else 1


def env(directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Print the running stack's settings, for `eval "$(eventrush env)"`."""
    settings = environment(running_stack(directory))
    if as_json:
        output.dump(settings)
        return
    for name, value in settings.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def which(kind: Kind = "auto") -> None:
    """Print which stack `up` starts, compose or native."""
    chosen, reason = choose(kind)
    logger.info("The %s stack: %s.", chosen, reason)
    typer.echo(chosen)


def _waiting(directory: Path) -> Mapping[str, Any] | None:
    """Return what waits, over all events; None where the servers do not answer."""
    try:
        return dict(ask(directory, "status"))
    except EventrushError:
        return None


def _show(stack: Stack, *, as_json: bool, waiting: Mapping[str, Any] | None = None) -> None:
    services = [
        {"name": one.name, "alive": one.alive(), "port": one.port, "pid": one.pid, "log": one.log}
        for one in stack.services.values()
    ]
    api = running_api.find(stack.directory)
    if as_json:
        output.dump({"stack": stack.kind, "services": services, "api": api.url if api else None, "waiting": waiting})
        return
    # Ports and processes are called by their numbers, which are not amounts.
    rows = [one | {"port": str(one["port"]), "pid": one["pid"] and str(one["pid"])} for one in services]
    output.table(f"The {stack.kind} stack", rows)
    if waiting:
        output.message(f"Waiting: {output.text(waiting)}.")
    output.message(f"The API answers at {api.url}." if api else "No API runs; `eventrush serve` starts one.")
