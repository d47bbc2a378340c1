"""Run the docker command."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.servers.errors import StackError

_ROOT = Path(__file__).parents[3]

# Named in every call, so that a COMPOSE_FILE in the environment does not lead elsewhere.
FILE = str(_ROOT / "docker-compose.yml")


def docker(*words: str, timeout_s: float = 60, environ: Mapping[str, str] | None = None) -> str:
    """Run `docker <words>` and return what it printed; StackError with its own last words when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            ["docker", *words],  # noqa: S607 - whichever docker the user has
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
        last = (error.stderr.strip() or "no word of why").splitlines()[-1]
        raise StackError(f"docker {words[0]} failed: {last}") from error
    return done.stdout.strip()
