"""A server as a process that outlives the process that started it, and is found again by its pid file."""

import os
import shutil
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local.exceptions import StackError
from local.servers.stack import Service, replace_file

_GRACE_S: Final = 15
# The kernel gives a start in ticks since boot. Each process reads the time of boot itself: it can differ by a second.
_SAME_START_S: Final = 2.0


@dataclass(kw_only=True, eq=False)
class NativeService(Service):
    """A server as a process; the files beside its data are `<name>.pid` and `<name>.log`.

    `command` returns the command that serves in the foreground, and that makes the data where there are none.
    """

    data: Path
    command: Callable[[], list[str]]

    @property
    def log(self) -> str:
        """Return the path of its log."""
        return str(self.data.with_name(f"{self.name}.log"))

    @property
    def pid(self) -> int | None:
        """Return its process id, or None when it does not run."""
        running = self.process()
        return running.pid if running else None

    def alive(self) -> bool:
        """Return whether its process lives, suspended or not."""
        return self.process() is not None

    def launch(self) -> None:
        """Start its process unless it runs; it may not serve yet. PortTakenError where its port is taken."""
        if not self.alive():
            self.require_ports()
            spawn(self.command(), self.log, self.data.with_name(f"{self.name}.pid"))

    def stop(self) -> None:
        """Stop it, by force where it does not end in time."""
        stop_all([self])

    def kill(self) -> None:
        """Kill it with SIGKILL, and return when it has ended."""
        running = self.process()
        if running:
            running.kill()
            running.wait(_GRACE_S)

    def suspend(self) -> None:
        """Suspend it, and return when it is stopped: on a busy machine its threads run on for a moment."""
        running = self._send(signal.SIGSTOP)
        stopped = retry_if_not_result(lambda status: status == psutil.STATUS_STOPPED)
        Retrying(stop=stop_after_delay(_GRACE_S), wait=wait_fixed(0.005), retry=stopped)(running.status)

    def resume(self) -> None:
        """Resume it."""
        self._send(signal.SIGCONT)

    def delete_data(self) -> None:
        """Delete its data directory."""
        shutil.rmtree(self.data, ignore_errors=True)

    def process(self) -> psutil.Process | None:
        """Return its process while it lives."""
        return recall(self.data.with_name(f"{self.name}.pid"))

    def _send(self, number: signal.Signals) -> psutil.Process:
        running = self.process()
        if running is None:
            raise StackError(f"{self.name} does not run.")
        running.send_signal(number)
        return running


def stop_all(services: Sequence[NativeService]) -> None:
    """Stop services at once rather than one after the other."""
    running: list[psutil.Process] = []
    for process in filter(None, (service.process() for service in services)):
        with suppress(psutil.NoSuchProcess):
            running += [process, *process.children(recursive=True)]
    end(running, _GRACE_S)


def spawn(command: Sequence[str], log: str, pid_file: Path) -> None:
    """Start a command in its own session, so that Ctrl-C reaches only the caller; append its output to the log.

    An interrupt cannot come between the start and the writing of the pid file.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        # posix_spawn rather than subprocess.Popen: a Popen warns when it is dropped while its process lives on.
        pid = os.posix_spawn(
            command[0],
            list(command),
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGPIPE],
        )
        # The time of start (seconds since 1970) tells it from a later process with the same pid.
        replace_file(pid_file, f"{pid} {psutil.Process(pid).create_time():.2f}\n")
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


def end(processes: Sequence[psutil.Process], grace_s: float) -> None:
    """Ask processes to end, all at once; kill those that still live after the grace period."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
            process.resume()  # a suspended process does not handle the first
    _, left = psutil.wait_procs(processes, timeout=grace_s)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left)
