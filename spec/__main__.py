"""Check the models of the protocol: python -m spec, or with larger bounds for as long as you like."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from spec import eventrush, lease
from spec.session import report, run_checks
from spec.tlc import SpecError, find_tlc

LOCAL: Final = Path(__file__).parents[1] / ".local"
_INTERRUPTED: Final = 130
_LOG_WIDTH: Final = 120


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the arguments ask for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m spec", description="Check the models of the protocol with TLC.")
    parser.add_argument("bound", nargs="?", default="main", choices=("main", "large"), help="what to check (main)")
    parser.add_argument("--minutes", type=float, help="stop each check after so many minutes (large: 30)")
    parser.add_argument("--only", metavar="NAME", help="only the checks whose names contain NAME")
    parser.add_argument("--explain", action="store_true", help="print each counterexample step by step")
    options = parser.parse_args(arguments)
    # A shell starts its background jobs with Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return asyncio.run(_check(options))
    except KeyboardInterrupt:
        return _INTERRUPTED


async def _check(options: argparse.Namespace) -> int:
    task = asyncio.current_task()
    if task:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    width = None if sys.stdout.isatty() else _LOG_WIDTH
    console = Console(highlight=False, markup=False, emoji=False, width=width)
    is_large = options.bound == "large"
    main = (*eventrush.MAIN, *lease.MAIN, *eventrush.MUTANTS, *lease.MUTANTS)
    large = (*eventrush.LARGE, *lease.LARGE)
    checks = [check for check in (large if is_large else main) if (options.only or "") in check.name]
    if not checks:
        print(f"No check is named {options.only}.", file=sys.stderr)  # noqa: T201 a command prints
        return 1
    minutes = options.minutes or (30 if is_large else None)
    try:
        outcomes = await run_checks(
            await find_tlc(LOCAL),
            checks,
            console,
            parallel=1 if is_large else 2,
            workers=2 if is_large else 1,
            heap_mib=3072 if is_large else 1024,
            stop_after_s=minutes and minutes * 60,
        )
    except SpecError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 a command prints
        return 1
    except asyncio.CancelledError:
        return _INTERRUPTED
    return 0 if report(outcomes, console, explain=options.explain) else 1


if __name__ == "__main__":
    sys.exit(main())
