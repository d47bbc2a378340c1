"""The servers as containers of docker-compose.yml, a Compose project for each stack's directory."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local.errors import PortTakenError, StackError
from local.ports import free_port, is_free
from local.servers import probes
from local.servers.docker import FILE, docker
from local.servers.stack import Service, Stack
from local.servers.topics import make_topics

# The default of docker-compose.yml; the volumes keep the password, so it does not change from start to start.
PASSWORD = "eventrush"  # noqa: S105 - of a database on loopback

_STOP_S = 15
_UP_S = 600  # images may have to be pulled first


@dataclass(frozen=True)
class Project:
    """A Compose project with its ports on the host; `name` is also its network's."""

    name: str
    ports: Mapping[str, int]

    def compose(self, *words: str, timeout_s: float = 60) -> str:
        """Run `docker compose <words>` on this project; StackError when it fails."""
        environ = {f"EVENTRUSH_{service.upper()}_PORT": str(port) for service, port in self.ports.items()}
        environ |= {"EVENTRUSH_NETWORK": self.name, "EVENTRUSH_MYSQL_PASSWORD": PASSWORD}
        command = ("compose", "--file", FILE, "--project-name", self.name, *words)
        return docker(*command, timeout_s=timeout_s, environ=environ)

    def up(self) -> None:
        """Start every container; PortTakenError where another process has a port."""
        try:
            self.compose("up", "--detach", "--quiet-pull", timeout_s=_UP_S)
        except StackError as error:
            self.compose("down")
            taken = [port for port in self.ports.values() if not is_free(port)]
            if taken:
                raise PortTakenError(f"Port {taken[0]} was taken by another process.") from error
            raise

    def down(self) -> None:
        """End and remove every container; volumes stay."""
        if self.compose("ps", "--quiet", "--status", "paused"):
            self.compose("unpause")  # a suspended server would ignore that it must end
        self.compose("down", "--timeout", str(_STOP_S))


@dataclass(kw_only=True, eq=False)
class ComposeService(Service):
    """A server as a container of a Compose project."""

    project: Project

    @property
    def log(self) -> str:
        """Return the command that prints its log."""
        return f"`docker logs {self._container}`"

    @property
    def pid(self) -> int | None:
        """Return the process id as the engine's host has it, or None when it does not run."""
        if not self.alive():
            return None
        return int(docker("inspect", "--format", "{{.State.Pid}}", self._container)) or None

    def alive(self) -> bool:
        """Return whether its container runs, paused or not."""
        return self._state() in {"running", "paused"}

    def launch(self) -> None:
        """Start its container unless it runs; it may not serve yet."""
        if not self.alive():
            self.project.compose("up", "--detach", "--no-deps", self.name, timeout_s=_UP_S)

    def stop(self) -> None:
        """Stop it, by force where it does not end in time."""
        self.resume()
        self.project.compose("stop", "--timeout", str(_STOP_S), self.name)

    def kill(self) -> None:
        """Kill it with SIGKILL, and return when it has ended."""
        if self.alive():
            self.resume()
            docker("kill", self._container)
            docker("wait", self._container)

    def suspend(self) -> None:
        """Suspend it: connections stay open, and nothing responds."""
        docker("pause", self._container)

    def resume(self) -> None:
        """Resume it where it is suspended."""
        if self._state() == "paused":
            docker("unpause", self._container)

    def delete_data(self) -> None:
        """Delete its container and its volume."""
        self.project.compose("rm", "--force", "--volumes", self.name)
        docker("volume", "rm", "--force", f"{self.project.name}_{self.name}")

    @property
    def _container(self) -> str:
        return f"{self.project.name}-{self.name}-1"

    def _state(self) -> str:
        """Return Docker's word for the container's state; empty where there is no container."""
        return docker("ps", "--all", "--filter", f"name=^{self._container}$", "--format", "{{.State}}")


def stack(directory: Path, ports: Mapping[str, int] | None = None, password: str = PASSWORD) -> Stack:
    """Describe the directory's stack, on free ports of the host unless they are given; nothing is started."""
    ports = ports or {name: free_port() for name in ("redis", "kafka", "mysql")}
    project = Project(project_name(directory), ports)
    redis, kafka, mysql = ports["redis"], ports["kafka"], ports["mysql"]
    mysql_answers = partial(probes.mysql_answers, mysql, password, tls=True)
    services = (
        ComposeService(project=project, name="redis", port=redis, probe=partial(probes.redis_answers, redis)),
        ComposeService(
            project=project,
            name="kafka",
            port=kafka,
            probe=partial(probes.kafka_answers, kafka),
            after_start=partial(make_topics, kafka),
        ),
        ComposeService(project=project, name="mysql", port=mysql, probe=mysql_answers),
    )
    return Stack(
        ports=ports,
        password=password,
        tls=True,
        network=project.name,
        directory=directory,
        kind="compose",
        services={service.name: service for service in services},
        launch=project.up,
        end=project.down,
    )


def project_name(directory: Path) -> str:
    """Return the Compose project's name for a stack's directory."""
    return f"eventrush-{hashlib.sha256(str(directory).encode()).hexdigest()[:10]}"
