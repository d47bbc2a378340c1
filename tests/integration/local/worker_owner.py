"""A process that starts workers and that a test may kill."""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from local.function import Function

_SCRIPT = """
import pickle, signal, sys
from pathlib import Path
from local.http_api import HttpApi
from local.kafka_source import KafkaSource
kind, function, log, options = sys.argv[1:]
function = pickle.loads(bytes.fromhex(function))
with globals()[kind](function, log=Path(log), **eval(options)) as pool:
    print(*pool.pids, flush=True)
    signal.pause()
"""


@contextmanager
def worker_owner(
    kind: str, function: Function, log: Path, **options: object
) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """Start a pool of this kind in a process of its own; give that process and the workers."""
    command = [sys.executable, "-c", _SCRIPT, kind, pickle.dumps(function).hex(), str(log), repr(options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:  # noqa: S603 - our own words
        try:
            assert owner.stdout
            yield owner, [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
        finally:
            owner.kill()
