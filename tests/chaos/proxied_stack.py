"""A native stack whose servers can be reached directly and through Toxiproxy, which can disturb what passes it."""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import pytest

from cli.environment import environment
from local import servers as stacks
from local.ports import HOST, free_port
from local.servers import Stack
from local.servers.native import NativeService
from local.servers.native_servers import kafka_server
from tests.waiting import until

_PROGRAM: Final = Path(__file__).parents[2] / ".local" / "bin" / "toxiproxy-server"


@dataclass(frozen=True, slots=True)
class Toxiproxy:
    """A running Toxiproxy; each proxy has the name of its server, and a port in `ports`."""

    url: str
    ports: Mapping[str, int]

    def add(self, server: str, port: int) -> None:
        """Put a proxy before a server's port."""
        listen = f"{HOST}:{self.ports[server]}"
        self._request("POST", "/proxies", {"name": server, "listen": listen, "upstream": f"{HOST}:{port}"})

    @contextmanager
    def toxic(self, server: str, kind: str, **attributes: int) -> Iterator[None]:
        """Apply a toxic to every reply of a server inside the block."""
        toxic = {"name": kind, "type": kind, "stream": "downstream", "attributes": attributes}
        self._request("POST", f"/proxies/{server}/toxics", toxic)
        try:
            yield
        finally:
            self._request("DELETE", f"/proxies/{server}/toxics/{kind}")

    @contextmanager
    def cut(self, server: str) -> Iterator[None]:
        """Close every connection to a server and refuse new ones inside the block."""
        self._request("POST", f"/proxies/{server}", {"enabled": False})
        try:
            yield
        finally:
            self._request("POST", f"/proxies/{server}", {"enabled": True})

    def is_ready(self) -> bool:
        """Report whether it takes commands."""
        try:
            self._request("GET", "/version")
        except urllib.error.URLError:
            return False
        return True

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        request = urllib.request.Request(  # noqa: S310 our own process
            self.url + path,
            json.dumps(body).encode() if body else None,
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310 our own process
            pass


@dataclass(frozen=True)
class ProxiedStack:
    """The stack with the settings of the direct way, the proxy, and the settings that lead through it."""

    stack: Stack
    proxy: Toxiproxy

    @property
    def environ(self) -> dict[str, str]:
        """Return the functions' settings through the proxy."""
        ports = self.proxy.ports
        return environment(self.stack) | {
            "REDIS_URL": f"redis://{HOST}:{ports['redis']}/0",
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{ports['kafka']}",
            "MYSQL_PORT": str(ports["mysql"]),
        }


@contextmanager
def _running(servers: list[str], log: Path) -> Iterator[Toxiproxy]:
    """Run Toxiproxy with a port for each of these servers."""
    if not _PROGRAM.exists():
        pytest.fail("toxiproxy is not set up; `local/setup.sh toxiproxy` builds it.")
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 our own program
            [_PROGRAM, "-host", HOST, "-port", str(port)], stdout=output, stderr=output
        )
    proxy = Toxiproxy(f"http://{HOST}:{port}", {server: free_port() for server in servers})
    try:
        until(proxy.is_ready)
        yield proxy
    finally:
        process.terminate()
        process.wait()


@contextmanager
def start(directory: Path) -> Iterator[ProxiedStack]:
    """Start servers and proxies; a proxy passes everything on until a test adds a toxic or cuts it."""
    with (
        stacks.start(directory, "native") as started,
        _running(list(started.services), directory / "toxiproxy.log") as proxy,
    ):
        kafka = _with_two_listeners(cast(NativeService, started.services["kafka"]), proxy.ports["kafka"])
        started.services["kafka"].stop()
        kafka.start()
        stack = replace(started, services={**started.services, "kafka": kafka})
        for name in ("redis", "mysql"):
            proxy.add(name, stack.services[name].port)
        proxy.add("kafka", kafka.more_ports[-1])
        yield ProxiedStack(stack, proxy)


def _with_two_listeners(service: NativeService, proxy_port: int) -> NativeService:
    """Return the same broker with a second listener, which tells its clients to come back through the proxy."""
    port, controller_port, proxied_port = service.port, service.more_ports[0], free_port()
    properties = {
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port},PROXIED://{HOST}:{proxied_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port},PROXIED://{HOST}:{proxy_port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
    }
    return kafka_server(service.data, port, controller_port, properties, more_ports=[proxied_port])
