"""Find out what stands in the way of running the servers as containers."""

import logging

from local.servers.compose.docker import FILE, docker
from local.servers.errors import StackError

_ANSWER_S = 10
_logger = logging.getLogger("local.servers")


def why_not(pull_s: float) -> str | None:
    """Return why Compose cannot be used, in a few words, or nothing; missing images are pulled within `pull_s`."""
    try:
        docker("version", "--format", "{{.Server.Version}}", timeout_s=_ANSWER_S)
    except StackError:
        return "no Docker engine answers"
    try:
        version = docker("compose", "version", "--short", timeout_s=_ANSWER_S)
    except StackError:
        return "Docker Compose is not installed"
    if version.lstrip("v").startswith("1."):
        return f"Docker Compose {version} is too old"
    images = docker("compose", "--file", FILE, "config", "--images").split()
    return _pull([image for image in images if not _present(image)], pull_s)


def _pull(missing: list[str], pull_s: float) -> str | None:
    if not missing:
        return None
    names = ", ".join(sorted(missing))
    _logger.info("Pulling %s.", names)
    try:
        docker("compose", "--file", FILE, "pull", "--quiet", timeout_s=pull_s)
    except StackError:
        return f"{names} cannot be pulled"
    return None


def _present(image: str) -> bool:
    try:
        docker("image", "inspect", image)
    except StackError:
        return False
    return True
