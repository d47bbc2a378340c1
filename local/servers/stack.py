"""A stack: three servers, how to reach them, and the file that describes them.

Here is what native processes (native.py) and containers of Compose (compose.py) have in common.
"""

import json
import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local.exceptions import PortTakenError, StackError
from local.ports import is_free

_READY_S = 60
_FILE = "stack.json"
_logger = logging.getLogger("local.servers")


@dataclass(kw_only=True, eq=False)
class Service(ABC):
    """A server on loopback that keeps its port and its data when it is killed, stopped and started.

    `probe` returns whether it serves; `after_start` creates what an empty server lacks once it serves.
    """

    name: str  # redis, kafka or mysql
    port: int
    more_ports: tuple[int, ...] = ()  # that it binds too
    probe: Callable[[], bool]
    after_start: Callable[[], object] | None = None

    @property
    @abstractmethod
    def log(self) -> str:
        """Return the path of its log, or the command that prints it."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """Return its process id, or None when it does not run."""

    @abstractmethod
    def alive(self) -> bool:
        """Return whether its process lives, suspended or not."""

    @abstractmethod
    def launch(self) -> None:
        """Start its process unless it runs; it may not serve yet."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it, by force where it does not end in time."""

    @abstractmethod
    def kill(self) -> None:
        """Kill it with SIGKILL, and return when it has ended."""

    @abstractmethod
    def suspend(self) -> None:
        """Suspend it: connections stay open, and nothing responds."""

    @abstractmethod
    def resume(self) -> None:
        """Resume it."""

    @abstractmethod
    def delete_data(self) -> None:
        """Delete what it has stored, while it does not run."""

    def start(self) -> None:
        """Start it unless it runs, and return when it serves. Raises StackError."""
        self.launch()
        self.await_ready()

    def await_ready(self) -> None:
        """Return when it serves; StackError when it ends first or does not respond for a minute."""
        poll = Retrying(stop=stop_after_delay(_READY_S), wait=wait_fixed(0.05), retry=retry_if_not_result(bool))
        try:
            poll(self._serves)
        except RetryError as error:
            raise StackError(f"{self.name} did not respond within {_READY_S} s; its log is {self.log}.") from error
        if self.after_start:
            self.after_start()

    def wipe(self) -> None:
        """Delete what it has stored; StackError while it runs."""
        if self.alive():
            raise StackError(f"{self.name} runs; stop it before wiping its data.")
        self.delete_data()

    def require_ports(self) -> None:
        """Raise PortTakenError where another process has one of its ports."""
        for port in (self.port, *self.more_ports):
            if not is_free(port):
                raise PortTakenError(f"{self.name} cannot have port {port}: another process has it.")

    def _serves(self) -> bool:
        if self.alive():
            return self.probe()
        self.require_ports()
        raise StackError(f"{self.name} ended while it started; its log is {self.log}.")


@dataclass(kw_only=True)
class Servers:
    """How to reach Redis, Kafka and MySQL: ports of loopback, the password of MySQL, and whether MySQL requires TLS.

    On the Docker network, where there is one, containers reach redis:6379, kafka:19092 and mysql:3306.
    """

    ports: Mapping[str, int]
    password: str
    tls: bool
    network: str | None = None


@dataclass(kw_only=True)
class Stack(Servers):
    """The servers that one directory has; as a context manager it stops at the end of the block."""

    directory: Path
    kind: str  # native or compose
    services: dict[str, Service]
    launch: Callable[[], None]  # starts every server, which may not serve yet
    end: Callable[[], None]  # ends every server at once

    def start(self) -> None:
        """Start every server and return when all serve; after an error or an interrupt none is left running."""
        try:
            self.launch()
            for service in self.services.values():
                service.await_ready()
                _logger.info("%s is ready on port %d.", service.name, service.port)
        except BaseException:  # KeyboardInterrupt too
            self.stop()
            raise

    def stop(self) -> None:
        """Stop every server, by force where one does not end in time; their data stay."""
        self.end()

    def discard(self) -> None:
        """Stop every server, and delete what they have stored and the file that `find` reads."""
        self.stop()
        for service in self.services.values():
            service.wipe()
        (self.directory / _FILE).unlink(missing_ok=True)

    def save(self) -> None:
        """Write the file that `find` reads; only its owner may read the password in it."""
        state = {"kind": self.kind, "ports": dict(self.ports), "password": self.password}
        replace_file(self.directory / _FILE, json.dumps(state, indent=2) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()


def load(directory: Path) -> dict[str, Any] | None:
    """Return what `Stack.save` wrote, or None where it wrote nothing."""
    try:
        state: dict[str, Any] = json.loads((directory / _FILE).read_text())
        return {name: state[name] for name in ("kind", "ports", "password")}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(f"{directory / _FILE} is not a stack's; delete it and start again.") from error


def replace_file(file: Path, text: str) -> None:
    """Replace a file in one step, so that a reader sees the old text or the new; only its owner may read it."""
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.touch(mode=0o600)
    part.write_text(text)
    part.replace(file)
