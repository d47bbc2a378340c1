"""Granian alone: its own command, constant bytes over RSGI, as many processes as the API has."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from local.ports import HOST, free_port
from tests.waiting import until

_HEADERS: Final = [("content-type", "application/json")]


async def respond(_scope: object, protocol: Any) -> None:
    """Read the request's body and answer, whatever is asked."""
    await protocol()
    protocol.response_str(200, _HEADERS, '{"result":"RAW"}')


@dataclass(frozen=True)
class RawGranian:
    """Where it serves, and its worker processes."""

    url: str
    pids: list[int]


@contextmanager
def raw_granian(workers: int) -> Iterator[RawGranian]:
    """Serve for the length of the block."""
    port = free_port()
    options = [f"--host={HOST}", f"--port={port}", f"--workers={workers}", "--backlog=4096"]
    command = [sys.executable, "-m", "granian", "--interface=rsgi", "--no-ws", "--no-log", *options]
    root = Path(__file__).parents[2]
    with subprocess.Popen([*command, "tests.bench.raw:respond"], cwd=root) as process:  # noqa: S603 - our own words
        try:
            pids = until(lambda: _listening(process.pid, port, workers))
            yield RawGranian(f"http://{HOST}:{port}", pids)
        finally:
            process.terminate()


def _listening(pid: int, port: int, workers: int) -> list[int] | None:
    """Return the workers when each has bound the port."""
    children = psutil.Process(pid).children(recursive=True)
    bound = [one.pid for one in children if any(each.laddr.port == port for each in one.net_connections("tcp"))]
    return bound if len(bound) == workers else None
