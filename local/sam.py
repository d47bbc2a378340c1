"""The application in SAM's containers, beside the containers of a plain `docker compose up`.

`python -m local.sam` reports in one sentence what is missing to run containers.
"""

import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local.exceptions import PortTakenError, SamError, StackError
from local.ports import HOST, is_free
from local.servers.compose import FILE, PASSWORD, docker, docker_check, has_image
from local.servers.stack import Servers
from local.template import PATH

ROOT: Final = PATH.parent
SAM: Final = ROOT / ".local" / "bin" / "sam"  # `local/setup.sh sam` installs it
LOGS: Final = ROOT / ".local" / "sam"

# The port of each server inside its container, which is also its default port outside.
_PORTS: Final = {"redis": 6379, "kafka": 9092, "mysql": 3306}
_PULL_S: Final = 600
_LISTENS_S: Final = 60
_ENDS_S: Final = 60  # it ends its containers first, each of which may take ten seconds


def architecture() -> str:
    """Return Lambda's name of this machine's architecture: containers of the other one would be emulated."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def lambda_image() -> str:
    """Return the image in which SAM runs the functions."""
    return f"public.ecr.aws/lambda/python:3.13-{architecture()}"


def require_docker() -> None:
    """Return when Docker runs and has every image, pulled where it was missing. Raises StackError."""
    obstacle = docker_check(_PULL_S)
    if obstacle:
        raise StackError(f"A Docker engine with Compose and the images is needed here: {obstacle}.")
    image = lambda_image()
    try:
        if not has_image(image):
            docker("pull", "--quiet", image, timeout_s=_PULL_S)
    except StackError as error:
        raise StackError(f"The image {image} is missing and cannot be pulled.") from error


def require_port(kind: str, port: int) -> None:
    """Return when sam's service could listen on the port. Raises SamError."""
    if not is_free(port):
        raise SamError(f"Port {port} on {HOST} is taken, where sam local {kind} would listen.")


def build() -> None:
    """Build functions and layer into .aws-sam, without Docker; what has not changed comes from sam's cache."""
    log = LOGS / "build.log"
    with _sam(log, "build") as process:
        try:
            status = process.wait()
        except BaseException:  # Ctrl-C does not reach it
            process.terminate()
            raise
    if status:
        raise SamError(f"sam build failed; its log is {log}.")


@contextmanager
def containers() -> Iterator[Servers]:
    """Give the servers of a plain `docker compose up`, as COMPOSE_PROJECT_NAME and EVENTRUSH_* configure them.

    Where one does not run, all are started, and stopped at the end of the block; their data stay. StackError where they
    do not start, PortTakenError where another process has a port.
    """
    compose = partial(docker, "compose", "--file", FILE)
    missing = _PORTS.keys() - compose("ps", "--status", "running", "--services").split()
    for name in sorted(missing):
        variable = f"EVENTRUSH_{name.upper()}_PORT"
        port = os.environ.get(variable, str(_PORTS[name]))
        if port.isdecimal() and not is_free(int(port)):
            raise PortTakenError(f"Port {port} on {HOST} is taken; {variable} chooses another for {name}.")
    try:
        compose("up", "--detach", "--wait", *_PORTS, timeout_s=_PULL_S)
        yield Servers(
            ports={name: int(compose("port", name, str(port)).rsplit(":", 1)[1]) for name, port in _PORTS.items()},
            password=os.environ.get("EVENTRUSH_MYSQL_PASSWORD", PASSWORD),
            tls=True,
            network=os.environ.get("EVENTRUSH_NETWORK", "eventrush"),
        )
    finally:
        if missing:
            compose("down", timeout_s=60)


@contextmanager
def sam_service(kind: str, port: int, network: str | None) -> Iterator[str]:
    """Run `sam local <kind>` on a port of loopback, its containers on a Docker network; give its URL.

    SamError where the port is taken or it does not start.
    """
    require_port(kind, port)
    log = LOGS / f"{kind}.log"
    options = ["--host", HOST, "--port", str(port), "--docker-network", str(network)]
    process = _sam(log, "local", kind, *options, "--parameter-overrides", f"Architecture={architecture()}")
    try:
        _await_listening(process, kind, port, log)
        yield f"http://{HOST}:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_listening(process: subprocess.Popen[bytes], kind: str, port: int, log: Path) -> None:
    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, port)) == 0

    poll = Retrying(stop=stop_after_delay(_LISTENS_S), wait=wait_fixed(0.1), retry=retry_if_not_result(bool))
    try:
        poll(lambda: listens() or process.poll() is not None)
    except RetryError as error:
        raise SamError(f"sam local {kind} does not listen on port {port}; its log is {log}.") from error
    if process.poll() is not None:
        raise SamError(f"sam local {kind} did not start; its log is {log}.")


def _sam(log: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start sam without an AWS account and without telemetry: nothing leaves this machine."""
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own command
            [str(SAM), *words],
            cwd=ROOT,
            env={**kept, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the caller, which stops everything in the right order
        )


if __name__ == "__main__":
    try:
        require_docker()
    except StackError as obstacle:
        sys.exit(str(obstacle))
