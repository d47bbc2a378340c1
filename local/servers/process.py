"""A server process that outlives whoever started it and is known again by its pid file."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from local.servers.atomic import replace_file

# The kernel gives a start in ticks since boot; the time of boot, read anew by each process, can differ by a second.
_SAME_START_S = 2.0


def spawn(command: Sequence[str], log: Path) -> psutil.Process:
    """Start a command in a session of its own, so that Ctrl-C reaches only the caller; the log is appended to."""
    # posix_spawn rather than subprocess.Popen: a Popen warns when it is dropped while its process lives on.
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        command[0],
        list(command),
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
        setsigmask=[],
        setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGPIPE],
    )
    return psutil.Process(pid)


def spawn_known(command: Sequence[str], log: Path, pid_file: Path) -> None:
    """Start a command as `spawn` does and write its pid file; an interrupt cannot come between the two."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        process = spawn(command, log)
        # The time of start (seconds since 1970) tells it from a later holder of the pid.
        replace_file(pid_file, f"{process.pid} {process.create_time():.2f}\n")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def recall(pid_file: Path) -> psutil.Process | None:
    """Return the living process that a pid file names; a file that a crash left empty names none."""
    try:
        pid, started = pid_file.read_text().split()
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(started)) < _SAME_START_S
    except (FileNotFoundError, ValueError, psutil.Error):
        return None
    return process if same and is_alive(process) else None


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process lives; a dead child of ours is reaped on the way."""
    with suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
        if process.status() != psutil.STATUS_ZOMBIE:
            return True
        process.wait(timeout=0)
    return False


def family(process: psutil.Process) -> list[psutil.Process]:
    """Return a process and all it has started."""
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def end(processes: Sequence[psutil.Process], grace_s: float) -> None:
    """Ask processes to end, all at once; kill those that still live after the grace."""
    for process in processes:
        _signal(process, signal.SIGTERM)
        _signal(process, signal.SIGCONT)  # a suspended process would not hear the first
    _, deaf = psutil.wait_procs(processes, timeout=grace_s)
    for process in deaf:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(deaf)


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
