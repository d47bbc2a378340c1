"""Toxiproxy between the application and its servers, controlled over its HTTP API."""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from local.servers.ports import HOST, free_port

PROGRAM: Final = Path(__file__).parents[2] / ".local" / "bin" / "toxiproxy-server"


@dataclass(frozen=True, slots=True)
class Toxiproxy:
    """A running Toxiproxy; each proxy has the name of its server and a port of its own in `ports`."""

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

    def await_ready(self) -> None:
        """Return when it takes commands."""
        Retrying(
            stop=stop_after_delay(10), wait=wait_fixed(0.05), retry=retry_if_exception_type(urllib.error.URLError)
        )(self._request, "GET", "/version")

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
        request = urllib.request.Request(  # noqa: S310 our own process
            self.url + path,
            json.dumps(body).encode() if body else None,
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310 our own process
            pass


@contextmanager
def running(servers: list[str], log: Path) -> Iterator[Toxiproxy]:
    """Run Toxiproxy with a port for each of these servers."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 our own program
            [PROGRAM, "-host", HOST, "-port", str(port)], stdout=output, stderr=output
        )
    proxy = Toxiproxy(f"http://{HOST}:{port}", {server: free_port() for server in servers})
    try:
        proxy.await_ready()
        yield proxy
    finally:
        process.terminate()
        process.wait()
