"""Choose what runs the servers, start a stack in a directory, and find the one that runs there."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.exceptions import PortTakenError, StackError
from local.servers import compose, native_servers
from local.servers.compose import docker_check
from local.servers.stack import Stack, load

# How to make the stack of a directory: on free ports, or as it was saved.
_KINDS = {"compose": compose.stack, "native": native_servers.stack}
_PULL_S = 120
_logger = logging.getLogger("local.servers")


def choose(kind: str) -> tuple[str, str]:
    """Return compose or native for `kind` auto, compose or native, and the reason as the end of a sentence.

    auto is Compose where Docker has the images or pulls them within two minutes. StackError where compose is asked for
    and cannot run.
    """
    if kind not in {"auto", "compose", "native"}:
        raise StackError(f"STACK is {kind!r}; it may be auto, compose or native.")
    obstacle = None if kind == "native" else docker_check(_PULL_S)
    if kind == "compose" and obstacle:
        raise StackError(f"The compose stack cannot start: {obstacle}.")
    if kind != "auto":
        return kind, "as asked"
    return ("native", obstacle) if obstacle else ("compose", "Docker has the images")


def start(directory: Path, kind: str = "auto") -> Stack:
    """Start the servers on the data of the directory, and return when all of them serve.

    `kind` is auto, compose or native. Raises StackError; no server is left running then.
    """
    with _locked(directory):
        if find(directory):
            raise StackError(f"A stack runs in {directory.resolve()} already.")
        return _start(directory.resolve(), kind)


def complete(directory: Path, kind: str = "auto") -> Stack:
    """Start the servers of the directory's stack that do not run; where none runs, do as `start`."""
    with _locked(directory):
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
    return None if state is None else _KINDS[state["kind"]](directory, state["ports"], state["password"])


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Prevent other processes from starting servers in the directory; StackError where one does."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Another process is starting a stack in {directory.resolve()}.") from None
        yield


def _start(directory: Path, kind: str) -> Stack:
    chosen, reason = choose(kind)
    _logger.info("The %s stack: %s.", chosen, reason)
    for attempts_left in (2, 1, 0):
        stack = _KINDS[chosen](directory)
        try:
            stack.start()
            break
        except PortTakenError as error:
            if not attempts_left:
                raise
            _logger.info("%s Trying other ports.", error)
    stack.save()
    return stack
