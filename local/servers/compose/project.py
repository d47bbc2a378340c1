"""One Compose project a directory, so that two checkouts can run side by side."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.servers.compose.docker import FILE, docker

# What docker-compose.yml falls back to; the volumes keep a password, so that it must not change from start to start.
PASSWORD = "eventrush"  # noqa: S105 - of a database on loopback


@dataclass(frozen=True)
class Project:
    """A Compose project with its ports on the host; `name` is also its network's."""

    name: str
    ports: Mapping[str, int]

    def compose(self, *words: str, timeout_s: float = 60) -> str:
        """Run `docker compose <words>` on this project; StackError when it fails."""
        environ = {f"EVENTRUSH_{service.upper()}_PORT": str(port) for service, port in self.ports.items()}
        environ |= {"EVENTRUSH_NETWORK": self.name, "EVENTRUSH_MYSQL_PASSWORD": PASSWORD}
        return docker(
            "compose", "--file", FILE, "--project-name", self.name, *words, timeout_s=timeout_s, environ=environ
        )


def project_name(directory: Path) -> str:
    """Return the project's name for a stack's directory."""
    return f"eventrush-{hashlib.sha256(str(directory).encode()).hexdigest()[:10]}"
