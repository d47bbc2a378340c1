"""The bench of each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.servers import Stack
from tests.integration.event_source.bench import Bench


@pytest.fixture
def empty(stack: Stack, tmp_path: Path) -> Iterator[Bench]:
    """Make a bench whose topic is not there yet."""
    bench = Bench(stack.environ["KAFKA_BOOTSTRAP_SERVERS"], tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def bench(empty: Bench) -> Bench:
    empty.create()
    return empty
