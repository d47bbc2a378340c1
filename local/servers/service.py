"""One server of a stack, whatever runs it: what `up`, `down` and the chaos tests ask of it."""

from typing import Protocol


class Service(Protocol):
    """A server on loopback that keeps its port and its data over kill, stop and start."""

    @property
    def name(self) -> str:
        """Say which: redis, kafka or mysql."""

    @property
    def port(self) -> int:
        """Return the port on 127.0.0.1, the same for the life of the stack."""

    @property
    def log(self) -> str:
        """Say where its log is, or which command prints it."""

    @property
    def pid(self) -> int | None:
        """Return the process id of the running server."""

    def alive(self) -> bool:
        """Tell whether its process lives, suspended or not."""

    def start(self) -> None:
        """Start it and return when it really serves; StackError when it does not, nothing when it already runs."""

    def stop(self) -> None:
        """Ask it to end, in time or by force."""

    def kill(self) -> None:
        """End it with SIGKILL, and return when it is gone."""

    def suspend(self) -> None:
        """Freeze it: connections stay open, nothing answers."""

    def resume(self) -> None:
        """Let it run on."""

    def wipe(self) -> None:
        """Delete all it has stored; StackError while it runs."""
