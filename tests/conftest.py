"""What tests of several levels share: one stack for the whole run."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import servers as stacks
from local.servers import Stack, StackError

ROOT = Path(__file__).parents[1]

# Powertools reads it when a handler is imported, and counts nothing without it.
os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "eventrush"

# A shell has its background jobs ignore Ctrl-C, and so would what the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Start one stack, of the kind that STACK names, and end it whatever happens.

    Where its servers are missing, tests that need it are skipped on a laptop and fail in CI.
    """
    directory = ROOT / ".local" / f"test-{os.getpid()}"
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is ended ends its servers too
    try:
        stack = stacks.start(directory, os.environ.get("STACK") or "auto")
    except StackError as exc:
        if os.environ.get("CI"):
            pytest.fail(str(exc))
        shutil.rmtree(directory, ignore_errors=True)
        pytest.skip(str(exc))
    try:
        yield stack
    finally:
        stack.discard()
        shutil.rmtree(directory, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)
