"""Redis as a process: every write in the append-only file, flushed each second."""

from dataclasses import dataclass
from pathlib import Path

from local.servers import probes
from local.servers.native.server import program
from local.servers.ports import HOST


@dataclass(frozen=True)
class RedisServer:
    """The gate's server."""

    data: Path
    port: int
    name: str = "redis"

    @property
    def ports(self) -> tuple[int, ...]:
        """Return its only port."""
        return (self.port,)

    def preparation(self) -> None:
        """Return nothing: Redis makes its own files."""
        self.data.mkdir(parents=True, exist_ok=True)

    def prepared(self) -> None:
        """Take over nothing."""

    def command(self) -> list[str]:
        """Return the command that serves."""
        options = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(self.data),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return [program("redis-server", "redis-server"), *words]

    def answers(self) -> bool:
        """Tell whether it answers PING."""
        return probes.redis_answers(self.port)

    def serve_more(self) -> None:
        """Do nothing: an empty Redis is complete."""
