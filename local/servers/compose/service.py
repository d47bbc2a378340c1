"""A server as a container."""

from collections.abc import Callable
from dataclasses import dataclass

from local.servers.compose.docker import docker
from local.servers.compose.project import Project
from local.servers.errors import StackError
from local.servers.readiness import await_answer

_STOP_S = 15
_CREATE_S = 600  # images may have to be pulled first


@dataclass(frozen=True)
class ComposeService:
    """One service of a Compose project; `answers` tells whether it serves, `complete` makes what it then lacks."""

    project: Project
    name: str
    answers: Callable[[int], bool]
    complete: Callable[[int], None] | None = None

    @property
    def port(self) -> int:
        """Return the port on the host."""
        return self.project.ports[self.name]

    @property
    def log(self) -> str:
        """Return the command that prints its log."""
        return f"`docker logs {self._container}`"

    @property
    def pid(self) -> int | None:
        """Return the process id as the engine's host sees it, or nothing when it does not run."""
        if not self.alive():
            return None
        return int(docker("inspect", "--format", "{{.State.Pid}}", self._container)) or None

    def alive(self) -> bool:
        """Tell whether its container runs, paused or not."""
        return self._state() in {"running", "paused"}

    def start(self) -> None:
        """Start it on its port and return when it really serves."""
        if not self.alive():
            self.project.compose("up", "--detach", "--no-deps", self.name, timeout_s=_CREATE_S)
            self.await_ready()

    def await_ready(self) -> None:
        """Return when it really serves; StackError when it ended or the time is up."""
        await_answer(self.name, self.log, self.alive, lambda: self.answers(self.port))
        if self.complete:
            self.complete(self.port)

    def stop(self) -> None:
        """End it, by force where it does not in time."""
        self.resume()
        self.project.compose("stop", "--timeout", str(_STOP_S), self.name)

    def kill(self) -> None:
        """End it with SIGKILL, and return when it is gone."""
        if self.alive():
            self.resume()
            docker("kill", self._container)
            docker("wait", self._container)

    def suspend(self) -> None:
        """Freeze it."""
        docker("pause", self._container)

    def resume(self) -> None:
        """Let it run on."""
        if self._state() == "paused":
            docker("unpause", self._container)

    def wipe(self) -> None:
        """Delete container and volume; StackError while it runs."""
        if self.alive():
            raise StackError(f"{self.name} runs; stop it before wiping its data.")
        self.project.compose("rm", "--force", "--volumes", self.name)
        docker("volume", "rm", "--force", f"{self.project.name}_{self.name}")

    @property
    def _container(self) -> str:
        return f"{self.project.name}-{self.name}-1"

    def _state(self) -> str:
        """Return Docker's word for the container's state; empty where there is no container."""
        return docker("ps", "--all", "--filter", f"name=^{self._container}$", "--format", "{{.State}}")
