"""Toxiproxy between the functions and their servers, told over its HTTP API what to do to what passes."""

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

PROGRAM: Final = Path(__file__).parents[3] / ".local" / "bin" / "toxiproxy-server"


@dataclass(frozen=True, slots=True)
class Toxiproxy:
    """A running toxiproxy; a proxy is named after its server."""

    url: str
    ports: Mapping[str, int]

    @contextmanager
    def toxic(self, server: str, kind: str, **attributes: int) -> Iterator[None]:
        """Do this to every answer of a server as long as the block."""
        toxic = {"name": kind, "type": kind, "stream": "downstream", "attributes": attributes}
        self._ask("POST", f"/proxies/{server}/toxics", toxic)
        try:
            yield
        finally:
            self._ask("DELETE", f"/proxies/{server}/toxics/{kind}")

    @contextmanager
    def cut(self, server: str) -> Iterator[None]:
        """Cut every connection to a server and take no other as long as the block."""
        self._ask("POST", f"/proxies/{server}", {"enabled": False})
        try:
            yield
        finally:
            self._ask("POST", f"/proxies/{server}", {"enabled": True})

    def add(self, server: str, port: int) -> None:
        """Put a proxy before a server's port."""
        listen = f"{HOST}:{self.ports[server]}"
        self._ask("POST", "/proxies", {"name": server, "listen": listen, "upstream": f"{HOST}:{port}", "enabled": True})

    def await_answer(self) -> None:
        """Return when it takes commands."""
        Retrying(
            stop=stop_after_delay(10), wait=wait_fixed(0.05), retry=retry_if_exception_type(urllib.error.URLError)
        )(self._ask, "GET", "/version")

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> None:
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
    """Run toxiproxy with a port for each of these servers."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 our own program
            [PROGRAM, "-host", HOST, "-port", str(port)], stdout=output, stderr=output
        )
    proxy = Toxiproxy(f"http://{HOST}:{port}", {server: free_port() for server in servers})
    try:
        proxy.await_answer()
        yield proxy
    finally:
        process.terminate()
        process.wait()
