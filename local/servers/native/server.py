"""What differs from server to server, and finding their programs."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from local.servers.errors import StackError


class Server(Protocol):
    """One kind of server with its data in `data` and its ports chosen."""

    @property
    def name(self) -> str:
        """Say which: redis, kafka or mysql."""

    @property
    def port(self) -> int:
        """Return the port that clients use."""

    @property
    def ports(self) -> Sequence[int]:
        """Return every port it binds."""

    @property
    def data(self) -> Path:
        """Return the directory of all it stores."""

    def preparation(self) -> list[str] | None:
        """Return the command that makes empty data, or nothing where there are some or none are needed."""

    def prepared(self) -> None:
        """Take over what the preparation made."""

    def command(self) -> list[str]:
        """Return the command that serves, in the foreground."""

    def answers(self) -> bool:
        """Tell whether it really serves."""

    def serve_more(self) -> None:
        """Do what a fresh server still lacks once it answers."""


def program(name: str, package: str) -> str:
    """Return a program's path; StackError naming the package when it is not installed."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    if found is None:
        raise StackError(f"{name} is not installed; `local/setup.sh native` installs it (package {package}).")
    return found
