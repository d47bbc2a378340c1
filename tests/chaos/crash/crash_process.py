"""Runs a program in a process of its own, to its end or to a crash point.

It must not import the programs: they are imported in the child only, where their client libraries are intercepted.
"""

import multiprocessing
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

_TIMEOUT_S: Final = 30
# Forked from a server that has imported everything, a process costs milliseconds, not a second.
_FORKSERVER: Final = multiprocessing.get_context("forkserver")
_FORKSERVER.set_forkserver_preload(["__main__", "tests.chaos.crash.programs"])


class CrashPoint(NamedTuple):
    """Where a process is killed: an outward call by its name, and the side of it ("before" or "after")."""

    call: str
    side: str


def crash_points(calls: Sequence[str]) -> list[CrashPoint]:
    """Return every point at which a program with these calls can die: before the first call, and after each.

    After one call and before the next are the same point as seen from outside.
    """
    return [CrashPoint(calls[0], "before"), *(CrashPoint(call, "after") for call in calls)]


@dataclass(frozen=True, slots=True)
class Program:
    """A function of `programs` by its name, and its arguments."""

    name: str
    arguments: tuple[str, ...] = ()


class ProgramError(AssertionError):
    """The program did not end as it should have."""


def run_to_end(program: Program, environ: dict[str, str]) -> list[str]:
    """Run a program and return its outward calls in their order."""
    calls, status = _run(program, environ, None)
    if calls is None:
        raise ProgramError(f"{program.name} ended with status {status}.")
    return calls


def run_until(program: Program, environ: dict[str, str], point: CrashPoint) -> None:
    """Run a program until it is killed at this point."""
    _calls, status = _run(program, environ, point)
    if status != -signal.SIGKILL:
        raise ProgramError(f"{program.name} did not reach {point.call} and ended with status {status}.")


def _run(program: Program, environ: dict[str, str], point: CrashPoint | None) -> tuple[list[str] | None, int | None]:
    ours, theirs = _FORKSERVER.Pipe(duplex=False)
    process = _FORKSERVER.Process(target=_start, args=(program, environ, point, theirs))
    process.start()
    theirs.close()
    process.join(_TIMEOUT_S)
    if process.is_alive():
        process.kill()
        raise ProgramError(f"{program.name} did not end in {_TIMEOUT_S} s.")
    with ours:
        return (ours.recv() if process.exitcode == 0 else None), process.exitcode


def _start(
    program: Program, environ: dict[str, str], point: CrashPoint | None, out: "multiprocessing.connection.Connection"
) -> None:
    from tests.chaos.crash import programs  # noqa: PLC0415 imported in the child only

    programs.run(program.name, program.arguments, environ, point, out)
