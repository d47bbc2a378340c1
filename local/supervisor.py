"""Start worker processes, restart those that end, and stop them: for the HTTP API, the Kafka source and schedules.

A worker is `python -m MODULE FUNCTION …`. Its standard input is a socket to its parent: the worker reads its function,
so that it needs no template and no YAML, writes a byte when it is ready, and ends when the socket closes, so a parent
that is killed leaves no worker running.
"""

import logging
import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from local.exceptions import WorkersError
from local.function import Function
from local.lambda_runtime import environment

_START_S: Final = 60.0
_GRACE_S: Final = 5.0  # a worker may finish the invocation that runs
_SHORT_LIFE_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 5.0
_READY: Final = b"."
_STDIN: Final = 0


class WorkerPool:
    """`count` processes of `module` for one function, all with the same arguments; their output goes to `log`.

    A worker that ends is restarted at once, after growing pauses when it keeps ending soon after its start. `settings`
    are environment variables over the template's. Raises WorkersError, with the last line of the log, when a worker
    ends before it was ready for the first time. As a context manager the pool stops at the end of the block.
    """

    def __init__(  # noqa: PLR0913 - each names a different thing
        self,
        module: str,
        function: Function,
        argv: Sequence[str],
        *,
        count: int,
        settings: Mapping[str, str],
        log: Path,
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._output = log.open("ab", buffering=0)
        self._command = [sys.executable, "-m", module, function.name, *argv]
        self._function = pickle.dumps(function)
        self._environ = environment(function, settings)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[int, subprocess.Popen[bytes]] = {}  # by place in the pool
        self._starts = queue.SimpleQueue[bool]()  # for each place: whether its first worker started
        self._keepers: list[threading.Thread] = []
        try:
            for place in range(count):
                keeper = threading.Thread(target=self._keep, args=(place,), daemon=True)
                keeper.start()
                self._keepers.append(keeper)
            self._await_ready(function.name)
        except BaseException:  # an interrupt too must leave nothing running
            self.stop()
            raise

    @property
    def pids(self) -> list[int]:
        """Return the process ids of the workers that run."""
        with self._lock:
            return [process.pid for process in self._running.values()]

    def stop(self) -> None:
        """End the workers, each after the invocation that runs; those that take too long are killed."""
        with self._lock:
            self._stopping.set()
            for process in self._running.values():
                process.terminate()
        deadline = time.monotonic() + _GRACE_S
        for keeper in self._keepers:
            keeper.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            for process in self._running.values():
                self._note(f"Worker {process.pid} did not end in {_GRACE_S:g} s and is killed.")
                process.kill()
        for keeper in self._keepers:
            keeper.join()
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()

    def _await_ready(self, name: str) -> None:
        deadline = time.monotonic() + _START_S
        for _ in self._keepers:
            try:
                started = self._starts.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise WorkersError(f"{name} was not ready in {_START_S:g} s; its log is {self.log}.") from None
            if not started:
                raise WorkersError(f"{name} did not start: {_last_line(self.log)} (its log is {self.log})")

    def _keep(self, place: int) -> None:
        """Run one worker after another in this place until the pool stops."""
        started = False
        pause_s = 0.0
        while not self._stopping.wait(pause_s):
            began = time.monotonic()
            line, theirs = socket.socketpair()
            with line:
                line.sendall(self._function)
                with theirs, self._lock:
                    if self._stopping.is_set():
                        return
                    process = self._running[place] = self._spawn(theirs)
                if _is_ready(line) and not started:
                    started = True
                    self._starts.put(started)
                status = process.wait()
            with self._lock:
                del self._running[place]
                if self._stopping.is_set():
                    return
            if not started:
                if status <= 0:  # otherwise the worker's own last line says more
                    self._note(f"Worker {process.pid} {_ending(status)} before it was ready.")
                self._starts.put(started)
                return
            self._note(f"Worker {process.pid} {_ending(status)}; another takes its place.")
            short_lived = time.monotonic() - began < _SHORT_LIFE_S
            pause_s = min(_LONGEST_PAUSE_S, pause_s * 2 or 0.1) if short_lived else 0.0

    def _spawn(self, line: socket.socket) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - this very program
            self._command,
            env=self._environ,
            stdin=line.fileno(),
            stdout=self._output,
            stderr=self._output,
            # Ctrl-C is for the caller, which stops the workers in its own time. A group does for that: Linux schedules
            # each session as one, and switches between them so often that a request costs a fifth more.
            process_group=0,
        )

    def _note(self, sentence: str) -> None:
        self._output.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S,%f} {__name__} {sentence}\n".encode())


def _is_ready(line: socket.socket) -> bool:
    """Wait for the worker to report that it serves, or to end."""
    try:
        return line.recv(1) == _READY
    except ConnectionResetError:  # it ended before it read its function
        return False


def _ending(status: int) -> str:
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
        lines = file.read().decode(errors="replace").split("\n")
    # Another worker, which ends for the same reason, may have begun a traceback of its own.
    whole = (line for line in reversed(lines) if line.strip() and not line.startswith((" ", "Traceback")))
    return next(whole, "nothing was logged")


class Worker:
    """This process as a worker: its options and its function."""

    def __init__(self, parser: ArgumentParser) -> None:
        self.function: Function = pickle.load(sys.stdin.buffer)  # noqa: S301 - our parent wrote it
        threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()
        logging.basicConfig(format="%(asctime)s %(process)d %(name)s %(message)s", level=logging.INFO)
        parser.add_argument("name", help="Name of the function, for lists of processes.")
        self.options = parser.parse_args()


def stop_event() -> threading.Event:
    """Return an event that SIGTERM sets; before this call SIGTERM ends the process at once."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    return stopping


def report_ready() -> None:
    """Report to the parent that this worker serves."""
    os.write(_STDIN, _READY)


def _end_with_parent() -> None:
    while os.read(_STDIN, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(1)
