"""A rush that is ended by a signal ends in order, whatever its tasks do at that moment."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from cli.signals import run_cancellable, signals_ignored


@pytest.fixture
def handler() -> Iterator[list[int]]:
    """Install handlers, as main does; gives the signals that they were called with."""
    called: list[int] = []
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda number, _frame: called.append(number)) for number in numbers}
    yield called
    for number, previous in before.items():
        signal.signal(number, previous)


def test_sigterm_cancels_every_task_and_ends_with_its_status(handler: list[int]) -> None:
    cleaned: list[int] = []

    async def work(number: int) -> None:
        try:
            if number == 0:
                os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            cleaned.append(number)

    async def rush() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(work(number))

    with pytest.raises(SystemExit) as done:
        run_cancellable(rush())
    assert done.value.code == 143
    assert sorted(cleaned) == [0, 1, 2]
    os.kill(os.getpid(), signal.SIGTERM)
    assert handler == [signal.SIGTERM], "the handler from before is back"


def test_what_ends_by_itself_ends_without_a_signal(handler: list[int]) -> None:
    run_cancellable(asyncio.sleep(0))

    async def failing() -> None:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        run_cancellable(failing())
    assert handler == []


def test_signals_are_ignored_for_the_length_of_the_block(handler: list[int]) -> None:
    with signals_ignored():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert handler == []
    os.kill(os.getpid(), signal.SIGINT)
    assert handler == [signal.SIGINT]
