"""A server process that outlives the process that started it, and is found again by its pid file."""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

# The kernel gives a start in ticks since boot. Each process reads the time of boot itself: it can differ by a second.
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


def spawn_recorded(command: Sequence[str], log: Path, pid_file: Path) -> None:
    """Start a command as `spawn` does and write its pid file; an interrupt cannot come between the two."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        process = spawn(command, log)
        # The time of start (seconds since 1970) tells it from a later holder of the pid.
        replace_file(pid_file, f"{process.pid} {process.create_time():.2f}\n")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def recall(pid_file: Path) -> psutil.Process | None:
    """Return the process that a pid file names, if it lives; a file that a crash left empty names none."""
    try:
        pid, started = pid_file.read_text().split()
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(started)) < _SAME_START_S
    except (FileNotFoundError, ValueError, psutil.Error):
        return None
    return process if same and is_alive(process) else None


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process lives; a child of ours that has ended is reaped."""
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
    """Ask processes to end, all at once; kill those that still live after the grace period."""
    for process in processes:
        _signal(process, signal.SIGTERM)
        _signal(process, signal.SIGCONT)  # a suspended process does not handle the first
    _, left = psutil.wait_procs(processes, timeout=grace_s)
    for process in left:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(left)


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def replace_file(file: Path, text: str) -> None:
    """Replace a file in one step, so that a reader sees the old text or the new; only its owner may read it."""
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(text)
    part.replace(file)
