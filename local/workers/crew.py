"""Start a supervisor with its workers, and stop them: what the API front and the event source share."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from local.errors import WorkersError
from local.stoppable import Stoppable
from local.workers.lifeline import GRACE_S, READY

_START_S = 60.0


class Crew(Stoppable):
    """`count` processes of `module`, each given the same settings and environment; their output goes to `log`.

    Raises WorkersError, with the log's last word, when they do not come up.
    """

    def __init__(
        self, module: str, count: int, settings: Mapping[str, Any], environ: Mapping[str, str], log: Path
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._line, theirs = socket.socketpair()
        with theirs, log.open("ab") as output:
            self._supervisor = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-m", "local.workers.supervisor", module, str(count), json.dumps(settings)],
                env=environ,
                stdin=theirs.fileno(),
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for whoever holds the crew: it stops the workers in its own time
            )
        try:
            self._await_ready(module)
        except BaseException:
            self.stop()
            raise

    @property
    def pids(self) -> list[int]:
        """Return the workers' process ids; none once the supervisor has ended."""
        # Not Process.children(): it compares ages by the system's clock, and a correction hides a worker for a moment.
        parent = self._supervisor.pid
        return [process.pid for process in psutil.process_iter(["ppid"]) if process.info["ppid"] == parent]

    @property
    def supervisor_pid(self) -> int:
        """Return the process id of the workers' parent."""
        return self._supervisor.pid

    def stop(self) -> None:
        """End the workers, each after what it is doing; those that take too long are killed."""
        self._supervisor.terminate()
        try:
            self._supervisor.wait(3 * GRACE_S)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()  # the workers see their lifelines end
            self._supervisor.wait()
        self._line.close()

    def wait(self) -> int:
        """Return the supervisor's exit status once it has ended."""
        return self._supervisor.wait()

    def _await_ready(self, module: str) -> None:
        self._line.settimeout(_START_S)
        try:
            ready = self._line.recv(1) == READY
        except TimeoutError:
            raise WorkersError(f"{module} was not ready in {_START_S:g} s; its log is {self.log}.") from None
        except ConnectionResetError:  # ended with our byte unread
            ready = False
        if not ready:
            raise WorkersError(f"{module} did not start: {_last_word(self.log)} (its log is {self.log})")


def _last_word(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
        lines = file.read().decode(errors="replace").split("\n")
    # Another worker, on its way out too, may have begun a traceback of its own.
    told = (line for line in reversed(lines) if line.strip() and not line.startswith((" ", "Traceback")))
    return next(told, "no word")
