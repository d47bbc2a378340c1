"""Commands for the servers: up, down, status, env, migrate, which."""

import logging
import shlex
from typing import Annotated

import typer

from admin import dependencies
from cli import present, running
from cli.options import DIRECTORY, Directory, Json, Kind
from local.servers import Stack, choose, complete, find, saved

logger = logging.getLogger("local.cli")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (up, down, status, env, migrate, which):
        app.command()(command)


def up(kind: Kind = "auto", directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Start Redis, Kafka and a MySQL; what of them runs already is left alone."""
    stack = complete(directory, kind)
    dependencies.connect(stack.environ).migrate()
    _show(stack, as_json=as_json)


def down(
    directory: Directory = DIRECTORY,
    *,
    discard: Annotated[bool, typer.Option("--discard", help="Delete their data too, stopped or not.")] = False,
) -> None:
    """Stop the servers; their data stay unless discarded."""
    stack = saved(directory) if discard else find(directory)
    if stack is None:
        present.say("No stack runs.")
    elif discard:
        stack.discard()
        present.say("Stopped, and its data deleted.")
    else:
        stack.stop()
        present.say("Stopped.")


def status(directory: Directory = DIRECTORY, *, as_json: Json = False) -> int:
    """Show the servers; the exit status is 1 when one of them does not run."""
    stack = running.stack(directory)
    _show(stack, as_json=as_json)
    return 0 if all(service.alive() for service in stack.services.values()) else 1


def env(directory: Directory = DIRECTORY, *, as_json: Json = False) -> None:
    """Print the running stack's settings, for `eval "$(eventrush env)"`."""
    settings = running.stack(directory).environ
    if as_json:
        present.dump(settings)
        return
    for name, value in settings.items():
        typer.echo(f"export {name}={shlex.quote(value)}")


def migrate(directory: Directory = DIRECTORY) -> None:
    """Bring the ledger's tables up to date."""
    applied = running.admin(directory).migrate()
    present.say(f"Applied {', '.join(applied)}." if applied else "The ledger is up to date.")


def which(kind: Kind = "auto") -> None:
    """Print which stack `up` would start, compose or native."""
    chosen, reason = choose(kind)
    logger.info("The %s stack: %s.", chosen, reason)
    typer.echo(chosen)


def _show(stack: Stack, *, as_json: bool) -> None:
    services = [
        {"name": one.name, "alive": one.alive(), "port": one.port, "pid": one.pid, "log": one.log}
        for one in stack.services.values()
    ]
    if as_json:
        present.dump({"stack": stack.kind, "services": services})
    else:
        # Ports and processes are called by their numbers, which are no amounts.
        rows = [one | {"port": str(one["port"]), "pid": one["pid"] and str(one["pid"])} for one in services]
        present.table(f"The {stack.kind} stack", rows)
