"""The servers as containers of docker-compose.yml, a Compose project for each stack's directory."""

import hashlib
import logging
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from local.exceptions import PortTakenError, StackError
from local.ports import free_port, is_free
from local.servers import readiness
from local.servers.stack import Service, Stack

_ROOT: Final = Path(__file__).parents[2]
# Named in every call, so that a COMPOSE_FILE in the environment does not lead elsewhere.
FILE: Final = str(_ROOT / "docker-compose.yml")
# The default of docker-compose.yml; the volumes keep the password, so it does not change from start to start.
PASSWORD: Final = "eventrush"  # noqa: S105 - of a database on loopback

_VERSION_S: Final = 10
_STOP_S: Final = 15
_UP_S: Final = 600  # images may have to be pulled first
_logger = logging.getLogger("local.servers")


def docker(*words: str, timeout_s: float = 60, environ: Mapping[str, str] | None = None) -> str:
    """Run `docker <words>` and return what it printed; StackError with the last line of its error when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            ["docker", *words],  # noqa: S607 - the user's own docker
            cwd=_ROOT,
            env={**os.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=True,
        )
    except FileNotFoundError as error:
        raise StackError("docker is not installed.") from error
    except subprocess.TimeoutExpired as error:
        raise StackError(f"docker {words[0]} did not end within {timeout_s:.0f} s.") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip() or "no reason given").splitlines()[-1]
        raise StackError(f"docker {words[0]} failed: {last}") from error
    return done.stdout.strip()


def docker_check(pull_s: float) -> str | None:
    """Return why Compose cannot run the servers, in a few words, or None; missing images are pulled within `pull_s`."""
    try:
        docker("version", "--format", "{{.Server.Version}}", timeout_s=_VERSION_S)
    except StackError:
        return "no Docker engine answers"
    try:
        version = docker("compose", "version", "--short", timeout_s=_VERSION_S)
    except StackError:
        return "Docker Compose is not installed"
    if version.lstrip("v").startswith("1."):
        return f"Docker Compose {version} is too old"
    images = docker("compose", "--file", FILE, "config", "--images").split()
    missing = ", ".join(sorted(image for image in images if not has_image(image)))
    if not missing:
        return None
    _logger.info("Pulling %s.", missing)
    try:
        docker("compose", "--file", FILE, "pull", "--quiet", timeout_s=pull_s)
    except StackError:
        return f"{missing} cannot be pulled"
    return None


def has_image(image: str) -> bool:
    """Return whether the engine has the image."""
    try:
        docker("image", "inspect", image)
    except StackError:
        return False
    return True


@dataclass(kw_only=True, eq=False)
class _ComposeService(Service):
    """A server as a container of a Compose project."""

    project: str
    compose: Callable[..., str]  # runs `docker compose` on the project

    @property
    def log(self) -> str:
        return f"`docker logs {self._container}`"

    @property
    def pid(self) -> int | None:
        if not self.alive():
            return None
        return int(docker("inspect", "--format", "{{.State.Pid}}", self._container)) or None

    def alive(self) -> bool:
        return self._state() in {"running", "paused"}

    def launch(self) -> None:
        if not self.alive():
            self.compose("up", "--detach", "--no-deps", self.name, timeout_s=_UP_S)

    def stop(self) -> None:
        self.resume()
        self.compose("stop", "--timeout", str(_STOP_S), self.name)

    def kill(self) -> None:
        if self.alive():
            self.resume()
            docker("kill", self._container)
            docker("wait", self._container)

    def suspend(self) -> None:
        docker("pause", self._container)

    def resume(self) -> None:
        if self._state() == "paused":
            docker("unpause", self._container)

    def delete_data(self) -> None:
        self.compose("rm", "--force", "--volumes", self.name)
        docker("volume", "rm", "--force", f"{self.project}_{self.name}")

    @property
    def _container(self) -> str:
        return f"{self.project}-{self.name}-1"

    def _state(self) -> str:
        return docker("ps", "--all", "--filter", f"name=^{self._container}$", "--format", "{{.State}}")


def stack(directory: Path, ports: Mapping[str, int] | None = None, password: str = PASSWORD) -> Stack:
    """Describe the directory's stack, on free ports of the host unless they are given; nothing is started."""
    ports = ports or {name: free_port() for name in ("redis", "kafka", "mysql")}
    name = project_name(directory)
    environ = {f"EVENTRUSH_{service.upper()}_PORT": str(port) for service, port in ports.items()}
    environ |= {"EVENTRUSH_NETWORK": name, "EVENTRUSH_MYSQL_PASSWORD": PASSWORD}
    compose = partial(docker, "compose", "--file", FILE, "--project-name", name, environ=environ)
    probes: dict[str, Callable[[int], bool]] = {
        "redis": readiness.redis_answers,
        "kafka": readiness.kafka_answers,
        "mysql": partial(readiness.mysql_answers, password=password, tls=True),
    }
    services: dict[str, Service] = {
        service: _ComposeService(
            project=name, compose=compose, name=service, port=ports[service], probe=partial(probe, ports[service])
        )
        for service, probe in probes.items()
    }
    services["kafka"].after_start = partial(readiness.make_topics, ports["kafka"])
    return Stack(
        ports=ports,
        password=password,
        tls=True,
        network=name,
        directory=directory,
        kind="compose",
        services=services,
        launch=partial(_up, compose, ports.values()),
        end=partial(_down, compose),
    )


def _up(compose: Callable[..., str], ports: Iterable[int]) -> None:
    try:
        compose("up", "--detach", "--quiet-pull", timeout_s=_UP_S)
    except StackError as error:
        compose("down")
        taken = [port for port in ports if not is_free(port)]
        if taken:
            raise PortTakenError(f"Port {taken[0]} was taken by another process.") from error
        raise


def _down(compose: Callable[..., str]) -> None:
    """End and remove every container; volumes stay."""
    if compose("ps", "--quiet", "--status", "paused"):
        compose("unpause")  # a suspended server would ignore that it must end
    compose("down", "--timeout", str(_STOP_S))


def project_name(directory: Path) -> str:
    """Return the Compose project's name for a stack's directory."""
    return f"eventrush-{hashlib.sha256(str(directory).encode()).hexdigest()[:10]}"
