"""A running stack: its servers, the settings that lead to them, and its file."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.servers.atomic import replace_file
from local.servers.errors import StackError
from local.servers.service import Service
from local.stoppable import Stoppable


@dataclass(frozen=True)
class Stack(Stoppable):
    """The three servers that the functions need, with the environment variables that lead to them."""

    directory: Path
    kind: str
    services: Mapping[str, Service]  # redis, kafka and mysql
    environ: dict[str, str]
    recipe: Mapping[str, Any]  # what it takes to describe the services again
    end: Callable[[], None]  # ends all of them at once

    @property
    def network(self) -> str | None:
        """Return the Docker network where containers reach redis:6379, kafka:19092 and mysql:3306; native has none."""
        return self.recipe.get("network")

    def stop(self) -> None:
        """End every server, by force where one does not in time; their data stay."""
        self.end()

    def discard(self) -> None:
        """End every server and delete all they have stored, and the file that `find` reads with them."""
        self.stop()
        for service in self.services.values():
            service.wipe()
        _file(self.directory).unlink(missing_ok=True)

    def save(self) -> None:
        """Write the file that `find` reads; only its owner may read the password in it."""
        state = {"kind": self.kind, **self.recipe, "environ": self.environ}
        replace_file(_file(self.directory), json.dumps(state, indent=2) + "\n")


def load(directory: Path) -> dict[str, Any] | None:
    """Return what `save` wrote, or nothing."""
    try:
        state: dict[str, Any] = json.loads(_file(directory).read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StackError(f"{_file(directory)} is not a stack's; delete it and start again.") from error
    return state


def _file(directory: Path) -> Path:
    return directory / "stack.json"
