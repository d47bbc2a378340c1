"""Fronts: one that tests share, one of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.front import Front
from tests.integration.front.client import FUNCTION


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    log = tmp_path_factory.mktemp("front") / "front.log"
    with Front(FUNCTION, settings={"ECHO_SETTING": "from the stack"}, workers=2, log=log) as front:
        yield front


@pytest.fixture
def own_front(tmp_path: Path) -> Iterator[Front]:
    """Start a front whose workers the test may kill."""
    with Front(FUNCTION, workers=2, log=tmp_path / "front.log") as front:
        yield front
