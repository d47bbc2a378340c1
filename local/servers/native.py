"""A server as a process of this machine, identified by its pid file."""

import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local.errors import StackError
from local.servers import process
from local.servers.stack import Service

_PREPARED_S: Final = 60
_GRACE_S: Final = 15


@dataclass(kw_only=True, eq=False)
class NativeService(Service):
    """A server as a process; the files beside its data are `<name>.pid` and `<name>.log`.

    `command` returns the command that serves in the foreground. `preparation` returns the command that makes the data
    directory, or None where it exists; `prepared` puts the result in its place.
    """

    data: Path
    command: Callable[[], list[str]]
    preparation: Callable[[], list[str] | None] | None = None
    prepared: Callable[[], object] | None = None
    more_ports: tuple[int, ...] = ()
    _preparing: psutil.Process | None = field(default=None, init=False)

    @property
    def log(self) -> str:
        """Return the path of its log."""
        return str(self._log)

    @property
    def pid(self) -> int | None:
        """Return its process id, or None when it does not run."""
        running = self._process()
        return running.pid if running else None

    @property
    def ports(self) -> tuple[int, ...]:
        """Return every port that it binds."""
        return (self.port, *self.more_ports)

    def alive(self) -> bool:
        """Return whether its process lives, suspended or not."""
        return self._process() is not None

    def prepare(self) -> None:
        """Begin to make its data directory where it does not exist."""
        command = None if self.preparation is None or self.alive() else self.preparation()
        self._preparing = process.spawn(command, self._log) if command else None

    def launch(self) -> None:
        """Start its process unless it runs, on a prepared data directory; PortTakenError where its port is taken."""
        if self.alive():
            return
        if self._preparing is None:
            self.prepare()
        if self._preparing is not None:
            failed = self._preparing.wait(_PREPARED_S) != 0
            self._preparing = None
            if failed:
                raise StackError(f"{self.name} could not make its data directory; its log is {self.log}.")
            if self.prepared:
                self.prepared()
        self.require_ports()
        process.spawn_recorded(self.command(), self._log, self._pid_file)

    def stop(self) -> None:
        """Stop it, by force where it does not end in time."""
        stop_all([self])

    def kill(self) -> None:
        """Kill it with SIGKILL, and return when it has ended."""
        running = self._process()
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

    def processes(self) -> list[psutil.Process]:
        """Return its running processes: the server, and what makes its data directory."""
        return [one for running in (self._preparing, self._process()) if running for one in process.family(running)]

    @property
    def _log(self) -> Path:
        return self.data.with_name(f"{self.name}.log")

    @property
    def _pid_file(self) -> Path:
        return self.data.with_name(f"{self.name}.pid")

    def _process(self) -> psutil.Process | None:
        return process.recall(self._pid_file)

    def _send(self, number: signal.Signals) -> psutil.Process:
        running = self._process()
        if running is None:
            raise StackError(f"{self.name} does not run.")
        running.send_signal(number)
        return running


def stop_all(services: Sequence[NativeService]) -> None:
    """Stop services at once rather than one after the other."""
    process.end([running for service in services for running in service.processes()], _GRACE_S)
