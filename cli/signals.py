"""Keep a second Ctrl-C from interrupting the clean-up that the first one began."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Ignore Ctrl-C and SIGTERM for the length of the block."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
