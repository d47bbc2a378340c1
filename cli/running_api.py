"""The API on this machine: where it answers, which servers are behind it, and whether it knows an event.

`eventrush serve` and `eventrush sam-api` note their address and settings in the stack's directory while they run.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil

from eventrush.errors import EventrushError
from local.ports import is_loopback

PORT: Final = 3000  # as `sam local start-api`
_NOTE: Final = "api.json"
_TIMEOUT_S: Final = 10
# The kernel counts a process's start in ticks since boot; the boot time that each process reads can differ by a second.
_SAME_START_S: Final = 2.0


class TargetError(EventrushError):
    """The API is not on this machine, does not answer, or has no such event."""


@dataclass(frozen=True, slots=True)
class RunningApi:
    """An API that runs: its address, the settings that lead to its servers, and the process that serves it."""

    url: str
    settings: Mapping[str, str]
    pid: int
    started_at: float  # seconds since 1970


@contextmanager
def noted(directory: Path, url: str, settings: Mapping[str, str]) -> Iterator[None]:
    """Let other commands find the API that this process serves, as long as the block runs."""
    own = RunningApi(url, dict(settings), os.getpid(), psutil.Process().create_time())
    directory.mkdir(parents=True, exist_ok=True)
    part = directory / f"{_NOTE}.{own.pid}"
    part.touch(mode=0o600)  # the settings hold a password
    part.write_text(json.dumps(asdict(own)))
    part.replace(directory / _NOTE)
    try:
        yield
    finally:
        if find(directory) == own:  # unless another process has noted its own since
            forget(directory)


def find(directory: Path) -> RunningApi | None:
    """Return the API that is noted in a directory and still runs."""
    try:
        api = RunningApi(**json.loads((directory / _NOTE).read_text()))
        same = abs(psutil.Process(api.pid).create_time() - api.started_at) < _SAME_START_S
    except (FileNotFoundError, ValueError, TypeError, psutil.Error):
        return None
    return api if same else None


def forget(directory: Path) -> None:
    """Remove the note."""
    with suppress(FileNotFoundError):
        (directory / _NOTE).unlink()


def address(url: str | None, directory: Path) -> str:
    """Return an API's address without a slash at its end: the given one, or the running API's, or the usual one.

    Raises `TargetError` for what is not an http address.
    """
    if url is None:
        api = find(directory)
        return api.url if api else f"http://127.0.0.1:{os.environ.get('API_PORT') or PORT}"
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise TargetError(f"--url: {url!r} is not an http address.")
    return url.rstrip("/")


def require_loopback(url: str) -> None:
    """Return when the address is on this machine; raises `TargetError` otherwise."""
    host = urlsplit(url).hostname
    if not is_loopback(host):
        raise TargetError(f"--url: a rush goes to this machine only, and {host} is not on it; k6 can go further.")


def is_same(url: str, other: str) -> bool:
    """Tell whether two addresses lead to the same API of this machine."""
    ours, theirs = urlsplit(url), urlsplit(other)
    return ours.port == theirs.port and is_loopback(ours.hostname) and is_loopback(theirs.hostname)


def capacity(url: str, event_id: str) -> int:
    """Return how many seats an event has; raises `TargetError` where the API does not answer or does not know it."""
    try:
        with urlopen(f"{url}/api/events/{event_id}", timeout=_TIMEOUT_S) as response:  # noqa: S310 - an http address
            return int(json.load(response)["capacity"])
    except HTTPError as error:
        with error:
            status = error.code
    except (OSError, HTTPException):
        raise TargetError(f"Nothing answers at {url}; `eventrush serve` starts the API here.") from None
    except (ValueError, KeyError, TypeError):
        raise TargetError(f"What answers at {url} is not this API.") from None
    if status == HTTPStatus.NOT_FOUND:
        raise TargetError(f"The API at {url} knows no event {event_id}.")
    raise TargetError(f"The API at {url} answers {status} for event {event_id}.")
