"""Runs a program in a process of its own, whole or until it is killed."""

import multiprocessing
import signal
from dataclasses import dataclass
from typing import Final

from tests.chaos.crash.kill import Kill

_TIMEOUT_S: Final = 30
# Forked from a server that has imported everything: a process that is killed costs milliseconds, not a second.
_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["__main__", "tests.chaos.crash.programs"])


@dataclass(frozen=True, slots=True)
class Program:
    """A program of `programs`, by its function's name, and what it is given."""

    name: str
    arguments: tuple[str, ...] = ()


class ProgramError(AssertionError):
    """The program did not end as it should have."""


def run_whole(program: Program, environ: dict[str, str]) -> list[str]:
    """Run a program to its end and tell its outward calls in their order."""
    calls, code = _run(program, environ, None)
    if calls is None:
        raise ProgramError(f"{program.name} ended with status {code}.")
    return calls


def run_until(program: Program, environ: dict[str, str], kill: Kill) -> None:
    """Run a program until it is killed there."""
    _calls, code = _run(program, environ, kill)
    if code != -signal.SIGKILL:
        raise ProgramError(f"{program.name} came to no {kill.call} and ended with status {code}.")


def _run(program: Program, environ: dict[str, str], kill: Kill | None) -> tuple[list[str] | None, int | None]:
    # The programs are imported by name, there alone: here they would tap the tests' own calls.
    ours, theirs = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_start, args=(program, environ, kill, theirs))
    process.start()
    theirs.close()
    process.join(_TIMEOUT_S)
    if process.is_alive():
        process.kill()
        raise ProgramError(f"{program.name} did not end in {_TIMEOUT_S} s.")
    with ours:
        return (ours.recv() if process.exitcode == 0 else None), process.exitcode


def _start(
    program: Program, environ: dict[str, str], kill: Kill | None, out: "multiprocessing.connection.Connection"
) -> None:
    from tests.chaos.crash import programs  # noqa: PLC0415 imported in the child only

    programs.run(program.name, program.arguments, environ, kill, out)
