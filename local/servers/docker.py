"""Run the docker command, and check whether it can run the servers."""

import logging
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.errors import StackError

_ROOT = Path(__file__).parents[2]
_VERSION_S = 10
_logger = logging.getLogger("local.servers")

# Named in every call, so that a COMPOSE_FILE in the environment does not lead elsewhere.
FILE = str(_ROOT / "docker-compose.yml")


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
