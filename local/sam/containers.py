"""Redis, Kafka and MySQL of a plain `docker compose up`, as COMPOSE_PROJECT_NAME and EVENTRUSH_* have it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from local.servers import PortTakenError, settings
from local.servers.compose.docker import FILE, docker
from local.servers.compose.project import PASSWORD
from local.servers.ports import HOST, is_free

# Each service with the port it has inside its container, which is also its default outside.
PORTS = {"redis": 6379, "kafka": 9092, "mysql": 3306}
_UP_S = 600


@dataclass(frozen=True)
class Containers:
    """Servers that run: the settings that lead to them from this machine, and the network where containers do."""

    environ: dict[str, str]
    network: str


@contextmanager
def containers() -> Iterator[Containers]:
    """Give the servers; those that did not run are started, and all of them are stopped again then, data kept.

    StackError, one sentence, where they do not come up, PortTakenError where somebody else has their port.
    """
    ours = not set(PORTS) <= _running()
    if ours:
        _require_ports(PORTS.keys() - _running())
    try:
        _compose("up", "--detach", "--wait", *PORTS, timeout_s=_UP_S)
        yield _describe()
    finally:
        if ours:
            _compose("down", timeout_s=60)


def _describe() -> Containers:
    ports = {name: int(_compose("port", name, str(inside)).rsplit(":", 1)[1]) for name, inside in PORTS.items()}
    password = os.environ.get("EVENTRUSH_MYSQL_PASSWORD", PASSWORD)
    network = os.environ.get("EVENTRUSH_NETWORK", "eventrush")
    return Containers(settings.environ(ports, password, tls="required"), network)


def _running() -> set[str]:
    return set(_compose("ps", "--status", "running", "--services").split())


def _require_ports(names: set[str]) -> None:
    for name in sorted(names):
        variable = f"EVENTRUSH_{name.upper()}_PORT"
        port = os.environ.get(variable, str(PORTS[name]))
        if port.isdecimal() and not is_free(int(port)):
            raise PortTakenError(f"Port {port} on {HOST} is taken; {variable} chooses another for {name}.")


def _compose(*words: str, timeout_s: float = 30) -> str:
    return docker("compose", "--file", FILE, *words, timeout_s=timeout_s)
