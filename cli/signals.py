"""End in order: SIGTERM cancels what runs, and a second signal does not interrupt the clean-up."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Ignore Ctrl-C and SIGTERM for the length of the block."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_cancellable(main: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine as `asyncio.run` does, and let SIGTERM cancel it as Ctrl-C does.

    A handler that raises would do so within any of its tasks, and asyncio would report that task's exception as lost.
    """
    before = signal.getsignal(signal.SIGTERM)
    ended = False

    async def cancellable() -> None:
        task = asyncio.ensure_future(main)

        def end() -> None:
            nonlocal ended
            ended = True
            task.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
        await task

    try:
        asyncio.run(cancellable())
    except asyncio.CancelledError:
        if not ended:
            raise
    finally:
        signal.signal(signal.SIGTERM, before)
    if ended:
        raise SystemExit(128 + signal.SIGTERM)
