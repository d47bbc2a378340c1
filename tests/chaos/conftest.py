"""Servers that only the chaos tests use and may kill."""

import os
from collections.abc import Iterator
from typing import Protocol

import pytest

from cli.environment import environment as settings_of
from local import servers as stacks
from local.servers import Stack
from tests.chaos import proxied_stack, results
from tests.chaos.crash.environment import Environment
from tests.chaos.proxied_stack import ProxiedStack
from tests.chaos.results import UNANSWERED, Result


class Record(Protocol):
    """Writes a result down and fails where it is not as promised, or did not converge within so many seconds."""

    def __call__(self, result: Result, within_s: float = ...) -> None: ...


# How soon after a fault's end every attempt must be answered and every promise recorded.
CONVERGE_S = 30


@pytest.fixture(scope="session")
def disposable_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start a stack of the kind that STACK names."""
    stack = stacks.start(tmp_path_factory.mktemp("disposable"), os.environ.get("STACK", "auto"))
    try:
        yield stack
    finally:
        stack.discard()


@pytest.fixture(scope="session")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedStack]:
    """Start a native stack with a proxy before each server."""
    with proxied_stack.start(tmp_path_factory.mktemp("proxied")) as started:
        yield started


@pytest.fixture
def record() -> Record:
    """Write a result down and fail where it is not as promised."""

    def written(result: Result, within_s: float = CONVERGE_S) -> None:
        results.write(result)
        assert result.consistent, result
        assert result.converge_s < within_s, result
        assert UNANSWERED not in result.verdicts, result

    return written


@pytest.fixture(scope="module")
def environment(disposable_stack: Stack) -> Environment:
    """Connect to the servers of crashes."""
    return Environment.connect(settings_of(disposable_stack))
