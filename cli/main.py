"""The start of the command, and the place where every expected error becomes one sentence."""

import logging
import signal
import sys
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated, Final

import pymysql
import typer

from cli import (
    dead_letter_commands,
    demo,
    deployed_stack,
    event_commands,
    k6,
    maintenance,
    plan,
    rush,
    sam_api,
    serve,
    stack_commands,
    tokens,
)
from eventrush.errors import EventrushError

# What only this machine has.
_LOCAL: Final = {"up", "down", "env", "which", "serve", "sam-api", "demo", "k6", "reconcile"}
# Not 1, which is the status of report, reconcile, status, rush, demo and k6 when something they found is wrong.
_UNABLE: Final = 3

app = typer.Typer(
    name="eventrush",
    epilog="Exit status: 0 all is well, 1 something found is wrong, 2 wrong usage, 3 the command could not be done.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for module in (stack_commands, serve, sam_api, rush, maintenance, demo, k6, plan, tokens):
    module.register(app)
app.add_typer(event_commands.app, name="events")
app.add_typer(dead_letter_commands.app, name="dead-letters")


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer's signature
    if wanted:
        typer.echo(f"eventrush {metadata.version('eventrush')}")
        raise typer.Exit


@app.callback()
def eventrush(
    context: typer.Context,
    stack_name: Annotated[
        str | None,
        typer.Option(envvar="EVENTRUSH_STACK", help="Act on this CloudFormation stack instead of this machine."),
    ] = None,
    profile: Annotated[str | None, typer.Option(show_default="AWS_PROFILE", help="AWS profile.")] = None,
    region: Annotated[str | None, typer.Option(show_default="AWS_REGION", help="AWS region.")] = None,
    *,
    version: Annotated[  # noqa: ARG001 its callback has printed it
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """First come, first served, at the speed of a stampede."""
    if not stack_name and (profile or region):
        raise typer.BadParameter(f"{'--profile' if profile else '--region'} is for --stack-name NAME")
    if stack_name and context.invoked_subcommand in _LOCAL:
        raise typer.BadParameter(
            f"`{context.invoked_subcommand}` is for this machine only: leave out --stack-name, unset EVENTRUSH_STACK"
        )
    deployed_stack.choose(stack_name or None, profile, region)


def run(words: Sequence[str]) -> int:
    """Carry out a command line and return its exit status; an expected error becomes one sentence on stderr."""
    try:
        status = app(list(words), standalone_mode=False)
    except typer.TyperException as error:
        return _fail(error.format_message().replace("Value error, ", ""), error.exit_code)
    except EventrushError as error:
        return _fail(str(error), _UNABLE)
    except pymysql.Error as error:
        return _fail(f"The rows cannot be read: {error.args[-1]}", _UNABLE)
    except OSError as error:  # a full disk, a file that may not be written
        return _fail(str(error), _UNABLE)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("Interrupted.", 128 + signal.SIGINT)
    return status or 0


def main() -> None:
    """Run as a program: SIGTERM unwinds like Ctrl-C, so that everything started is stopped again."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("local").setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs with SIGINT ignored
    sys.exit(run(sys.argv[1:]))


def _fail(sentence: str, status: int) -> int:
    if sentence:  # without one, the help was printed
        typer.echo(f"eventrush: {sentence.rstrip('.')}.", err=True)
    return status
