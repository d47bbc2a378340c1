"""Where the command begins, and where every expected error ends as one sentence."""

import logging
import signal
import sys
from collections.abc import Sequence

import typer

from cli import dead_letters, demo, events, reconcile, report, rush, sam_api, serve, stack
from eventrush.errors import EventrushError

# Apart from 1, with which report, reconcile, status, rush and demo tell what they found.
_UNABLE = 3

app = typer.Typer(
    name="eventrush",
    help="First come, first served, at the speed of a stampede.",
    epilog="Exit status: 0 all is well, 1 something found is not, 2 wrong words, 3 it could not be asked or done.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (stack, serve, sam_api, rush, report, reconcile, demo):
    module.register(app)
app.add_typer(events.app, name="events")
app.add_typer(dead_letters.app, name="dead-letters")


def run(words: Sequence[str]) -> int:
    """Carry out a command line and return its exit status; an expected error becomes one sentence on stderr."""
    try:
        status = app(list(words), standalone_mode=False)
    except typer.TyperException as error:
        return _fail(error.format_message().replace("Value error, ", ""), error.exit_code)
    except EventrushError as error:
        return _fail(str(error), _UNABLE)
    except OSError as error:  # a full disk, a file that may not be written
        return _fail(str(error), _UNABLE)
    except (KeyboardInterrupt, typer.Abort):
        return _fail("Interrupted.", 128 + signal.SIGINT)
    return status or 0


def main() -> None:
    """Run as a program: SIGTERM unwinds like Ctrl-C, so that whatever was started is stopped again."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("local").setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background jobs ignore it
    sys.exit(run(sys.argv[1:]))


def _fail(sentence: str, status: int) -> int:
    if sentence:  # the help has been shown where there is none
        typer.echo(f"eventrush: {sentence.rstrip('.')}.", err=True)
    return status
