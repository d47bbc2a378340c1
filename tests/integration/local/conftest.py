"""HTTP APIs, one shared and one for a single test, and a Kafka topic for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.http_api import HttpApi
from local.ports import HOST
from local.servers import Stack
from tests.integration.local.http_client import FUNCTION
from tests.integration.local.kafka_bench import Bench


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpApi]:
    log = tmp_path_factory.mktemp("http-api") / "log"
    with HttpApi(FUNCTION, settings={"ECHO_SETTING": "from the stack"}, workers=2, log=log) as api:
        yield api


@pytest.fixture
def own_api(tmp_path: Path) -> Iterator[HttpApi]:
    """Start an API whose workers the test may kill."""
    with HttpApi(FUNCTION, workers=2, log=tmp_path / "log") as api:
        yield api


@pytest.fixture
def empty(stack: Stack, tmp_path: Path) -> Iterator[Bench]:
    """Make a bench whose topic does not exist yet."""
    bench = Bench(f"{HOST}:{stack.ports['kafka']}", tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def bench(empty: Bench) -> Bench:
    empty.create()
    return empty
