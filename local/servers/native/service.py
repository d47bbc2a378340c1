"""A server as a process of this machine, known again by its pid file."""

import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local.servers import process
from local.servers.errors import PortTakenError, StackError
from local.servers.native.server import Server
from local.servers.ports import is_free
from local.servers.readiness import await_answer

_PREPARED_S = 60
_GRACE_S = 15


@dataclass
class NativeService:
    """One server's process; the files beside its data are `<name>.pid` and `<name>.log`."""

    server: Server
    _preparing: psutil.Process | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        """Say which: redis, kafka or mysql."""
        return self.server.name

    @property
    def port(self) -> int:
        """Return the port that clients use."""
        return self.server.port

    @property
    def log(self) -> str:
        """Return the path of its log."""
        return str(self._log)

    @property
    def pid(self) -> int | None:
        """Return the process id, or nothing when it does not run."""
        process = self._process()
        return process.pid if process else None

    def alive(self) -> bool:
        """Tell whether its process lives, suspended or not."""
        return self._process() is not None

    def start(self) -> None:
        """Start it on its port and return when it really serves."""
        self.prepare()
        self.launch()
        self.await_ready()

    def prepare(self) -> None:
        """Begin to make its data directory where there is none."""
        command = None if self.alive() else self.server.preparation()
        self._preparing = process.spawn(command, self._log) if command else None

    def launch(self) -> None:
        """Begin to serve, once the data directory is made; PortTakenError where another has the port."""
        if self.alive():
            return
        if self._preparing is not None:
            failed = self._preparing.wait(_PREPARED_S) != 0
            self._preparing = None
            if failed:
                raise StackError(f"{self.name} could not make its data directory; its log is {self.log}.")
            self.server.prepared()
        self._refuse_taken_port()
        process.spawn_known(self.server.command(), self._log, self._pid_file)

    def await_ready(self) -> None:
        """Return when it really serves; StackError when it died or the time is up."""
        await_answer(self.name, self.log, self._alive_or_port_taken, self.server.answers)
        self.server.serve_more()

    def stop(self) -> None:
        """End it, by force where it does not in time."""
        stop_all([self])

    def kill(self) -> None:
        """End it with SIGKILL, and return when it is gone."""
        running = self._process()
        if running:
            running.kill()
            running.wait(_GRACE_S)

    def suspend(self) -> None:
        """Freeze it, and return when it stands still; on a busy machine its threads run on for a while."""
        running = self._send(signal.SIGSTOP)
        stopped = retry_if_not_result(lambda status: status == psutil.STATUS_STOPPED)
        Retrying(stop=stop_after_delay(_GRACE_S), wait=wait_fixed(0.005), retry=stopped)(running.status)

    def resume(self) -> None:
        """Let it run on."""
        self._send(signal.SIGCONT)

    def wipe(self) -> None:
        """Delete all it has stored; StackError while it runs."""
        if self.alive():
            raise StackError(f"{self.name} runs; stop it before wiping its data.")
        shutil.rmtree(self.server.data, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self.server.data.with_name(f"{self.name}.log")

    @property
    def _pid_file(self) -> Path:
        return self.server.data.with_name(f"{self.name}.pid")

    def _process(self) -> psutil.Process | None:
        return process.recall(self._pid_file)

    def processes(self) -> list[psutil.Process]:
        """Return what runs of it: the server, the making of its data, both or nothing."""
        return [one for running in (self._preparing, self._process()) if running for one in process.family(running)]

    def _send(self, number: signal.Signals) -> psutil.Process:
        running = self._process()
        if running is None:
            raise StackError(f"{self.name} does not run.")
        running.send_signal(number)
        return running

    def _alive_or_port_taken(self) -> bool:
        if self.alive():
            return True
        self._refuse_taken_port()
        return False

    def _refuse_taken_port(self) -> None:
        for port in self.server.ports:
            if not is_free(port):
                raise PortTakenError(f"{self.name} cannot have port {port}: another process has it.")


def stop_all(services: list[NativeService]) -> None:
    """End services at once rather than one after the other."""
    process.end([running for service in services for running in service.processes()], _GRACE_S)
