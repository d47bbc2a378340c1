"""Start the API front beside the caller and stop it."""

import dataclasses
import socket
from collections.abc import Mapping
from pathlib import Path

from local.environment import environment
from local.errors import WorkersError
from local.function import Function
from local.workers import Crew


class Front(Crew):
    """A function's HTTP API on a port, in `workers` processes; port 0 takes a free one.

    `settings` are environment variables over the template's. WorkersError where the port is taken or the handler cannot
    be imported. `url` is the API's address without a slash at its end.
    """

    def __init__(  # noqa: PLR0913 - all but the first have their default
        self,
        function: Function,
        *,
        settings: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        workers: int = 2,
        log: Path = Path(".local/front.log"),
    ) -> None:
        self._held = _hold(host, port)
        chosen = self._held.getsockname()[1]
        self.url = f"http://{host}:{chosen}"
        worker_settings = {
            "function": function.bare(),
            "routes": [dataclasses.astuple(route) for route in function.routes],
            "host": host,
            "port": chosen,
        }
        try:
            super().__init__("local.front.worker", workers, worker_settings, environment(function, settings or {}), log)
        except BaseException:
            self._held.close()
            raise

    def stop(self) -> None:
        """Stop the workers, then let the port go."""
        super().stop()
        self._held.close()


def _hold(host: str, port: int) -> socket.socket:
    """Bind the port without listening, so that it stays ours while workers come and go."""
    with socket.socket() as probe:
        # Workers share the port by SO_REUSEPORT; a bind without it is what finds a stranger there.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise WorkersError(f"Port {port} on {host} cannot be had: {error.strerror}.") from error
        chosen = probe.getsockname()[1]
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind((host, chosen))
    return held
