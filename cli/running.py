"""The stack that commands talk to: the running one, or what the environment names."""

import os
from collections.abc import Mapping
from pathlib import Path

from admin import dependencies
from admin.service import Admin
from eventrush.errors import EventrushError
from local.servers import Stack, find


class NoStackError(EventrushError):
    """No stack runs where one is needed."""


def stack(directory: Path) -> Stack:
    """Return the stack that runs in a directory; NoStackError when none does."""
    found = find(directory)
    if found is None:
        raise NoStackError(f"No stack runs in {directory}; `eventrush up` starts one.")
    return found


def settings(directory: Path) -> Mapping[str, str]:
    """Return the running stack's settings, else the environment's where it names servers; NoStackError otherwise."""
    found = find(directory)
    if found is not None:
        return found.environ
    if {"REDIS_URL", "MYSQL_HOST"} <= os.environ.keys():
        return os.environ
    return stack(directory).environ


def everything(directory: Path) -> dependencies.Dependencies:
    """Return every operator's command on those servers."""
    return dependencies.connect_all(settings(directory))


def admin(directory: Path) -> Admin:
    """Return the operator's commands on those servers."""
    return dependencies.connect(settings(directory))
