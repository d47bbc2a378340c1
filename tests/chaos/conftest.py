"""A stack of their own for tests that kill it."""

import os
from collections.abc import Callable, Iterator

import pytest

from local import servers as stacks
from local.servers import Stack
from tests.chaos import book
from tests.chaos.crash.hurry import hurry
from tests.chaos.crash.world import World
from tests.chaos.faults import proxied
from tests.chaos.faults.proxied import TwoWays
from tests.chaos.faults.toxiproxy import PROGRAM
from tests.chaos.rush.outcome import Outcome

# How long after a fault's end everything must be as promised (seconds).
CONVERGE_S = 30


@pytest.fixture(scope="session")
def mortal_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start a stack that nobody else uses, of the kind that STACK names."""
    stack = stacks.start(tmp_path_factory.mktemp("mortal"), os.environ.get("STACK", "auto"))
    try:
        yield stack
    finally:
        stack.discard()


@pytest.fixture(scope="session")
def two_ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoWays]:
    """Start a native stack with a proxy before it."""
    if not PROGRAM.exists():
        pytest.fail("toxiproxy is not set up; `local/setup.sh toxiproxy` builds it.")
    with proxied.two_ways(tmp_path_factory.mktemp("two-ways")) as ways:
        yield ways


@pytest.fixture
def record() -> Callable[[Outcome], None]:
    """Write an outcome down, and have none that is not as promised."""

    def written(outcome: Outcome) -> None:
        book.write(outcome)
        assert outcome.sound, outcome
        assert outcome.converge_s < CONVERGE_S, outcome
        assert "UNANSWERED" not in outcome.verdicts, outcome

    return written


@pytest.fixture
def world(mortal_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> World:
    """Give the servers to one test."""
    hurry(monkeypatch.setattr)
    return World.of(mortal_stack.environ)
