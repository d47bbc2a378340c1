"""Start a stack in a directory, or find the one that runs there."""

import fcntl
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from local.stack import compose, native
from local.stack.choice import choose
from local.stack.errors import PortTakenError, StackError
from local.stack.stack import Stack, load

# How to start a stack of a kind in a directory, and how to know it again from what `Stack.save` wrote.
_START: Mapping[str, Callable[[Path], Stack]] = {"compose": compose.start, "native": native.start}
_DESCRIBE: Mapping[str, Callable[[Path, Mapping[str, Any]], Stack]] = {
    "compose": compose.describe,
    "native": native.describe,
}
_logger = logging.getLogger("local.stack")


def start(directory: Path, kind: str = "auto") -> Stack:
    """Start the servers, with the data that the directory holds, and return when all of them serve.

    `kind` is auto, compose or native. StackError, one sentence, when it cannot be; nothing is left running then.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Another stack is just being started in {directory}.") from None
        if find(directory):
            raise StackError(f"A stack runs in {directory} already.")
        chosen, reason = choose(kind)
        _logger.info("The %s stack: %s.", chosen, reason)
        stack = Retrying(
            stop=stop_after_attempt(3), retry=retry_if_exception_type(PortTakenError), reraise=True, before_sleep=_tell
        )(_START[chosen], directory)
        stack.save()
        return stack


def find(directory: Path) -> Stack | None:
    """Return the stack of which at least one server runs in the directory."""
    directory = directory.resolve()
    state = load(directory)
    if state is None:
        return None
    stack = _DESCRIBE[state["kind"]](directory, state)
    return stack if any(service.alive() for service in stack.services.values()) else None


def _tell(state: RetryCallState) -> None:
    if state.outcome:
        _logger.info("%s Trying other ports.", state.outcome.exception())
