"""`sam local start-api` and `sam local start-lambda` as processes beside the caller."""

import signal
import socket
import subprocess

from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local.errors import SamError
from local.sam.command import ROOT, SAM, architecture, environ, log
from local.servers.ports import HOST, is_free
from local.stoppable import Stoppable

_LISTENS_S = 60
# It ends its containers first, each of which may take ten seconds.
_ENDS_S = 60


def require_port(kind: str, port: int) -> None:
    """Return when sam's service could listen on the port; SamError otherwise."""
    if not is_free(port):
        raise SamError(f"Port {port} on {HOST} is taken, where sam local {kind} would listen.")


class SamService(Stoppable):
    """One of sam's local services on a port of loopback, its containers on a Docker network; `kind` as sam names it.

    SamError where the port is taken or it does not come up.
    """

    def __init__(self, kind: str, port: int, network: str) -> None:
        require_port(kind, port)
        self.url = f"http://{HOST}:{port}"
        self.log = log(kind)
        self._port = port
        command = [str(SAM), "local", kind, "--host", HOST, "--port", str(port), "--docker-network", network]
        command += ["--parameter-overrides", f"Architecture={architecture()}"]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                command,
                cwd=ROOT,
                env=environ(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the caller: sam is stopped in the right order
            )
        try:
            self._await_listening(kind)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it with its containers."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await_listening(self, kind: str) -> None:
        poll = Retrying(stop=stop_after_delay(_LISTENS_S), wait=wait_fixed(0.1), retry=retry_if_not_result(bool))
        try:
            poll(lambda: self._listens() or self._process.poll() is not None)
        except RetryError as error:
            raise SamError(f"sam local {kind} does not listen on port {self._port}; its log is {self.log}.") from error
        if self._process.poll() is not None:
            raise SamError(f"sam local {kind} did not start; its log is {self.log}.")

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self._port)) == 0
