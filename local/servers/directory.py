"""Start a stack in a directory, or find the one that runs there."""

import fcntl
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from local.servers import compose, native
from local.servers.choice import choose
from local.servers.errors import PortTakenError, StackError
from local.servers.stack import Stack, load

# How to start a stack of a kind in a directory, and how to know it again from what `Stack.save` wrote.
_START: Mapping[str, Callable[[Path], Stack]] = {"compose": compose.start, "native": native.start}
_DESCRIBE: Mapping[str, Callable[[Path, Mapping[str, Any]], Stack]] = {
    "compose": compose.describe,
    "native": native.describe,
}
_logger = logging.getLogger("local.servers")


def start(directory: Path, kind: str = "auto") -> Stack:
    """Start the servers, with the data that the directory holds, and return when all of them serve.

    `kind` is auto, compose or native. StackError, one sentence, when it cannot be; nothing is left running then.
    """
    with _alone(directory):
        if find(directory):
            raise StackError(f"A stack runs in {directory.resolve()} already.")
        return _start(directory.resolve(), kind)


def complete(directory: Path, kind: str = "auto") -> Stack:
    """Start what does not run of the directory's stack; all of it, as `start` does, where nothing runs."""
    with _alone(directory):
        found = find(directory)
        if found is None:
            return _start(directory.resolve(), kind)
        for service in found.services.values():
            service.start()
        return found


def find(directory: Path) -> Stack | None:
    """Return the stack of which at least one server runs in the directory."""
    stack = saved(directory)
    return stack if stack and any(service.alive() for service in stack.services.values()) else None


def saved(directory: Path) -> Stack | None:
    """Return the stack that was started in the directory last, running or not, unless it was discarded."""
    directory = directory.resolve()
    state = load(directory)
    return None if state is None else _DESCRIBE[state["kind"]](directory, state)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep others from starting servers in the directory; StackError where somebody does."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Another stack is just being started in {directory.resolve()}.") from None
        yield


def _start(directory: Path, kind: str) -> Stack:
    chosen, reason = choose(kind)
    _logger.info("The %s stack: %s.", chosen, reason)
    stack = Retrying(
        stop=stop_after_attempt(3), retry=retry_if_exception_type(PortTakenError), reraise=True, before_sleep=_tell
    )(_START[chosen], directory)
    stack.save()
    return stack


def _tell(state: RetryCallState) -> None:
    if state.outcome:
        _logger.info("%s Trying other ports.", state.outcome.exception())
