"""Each server is killed once in the middle of a small rush."""

from collections.abc import Iterator

import pytest

from cli.environment import environment
from local.servers import Stack
from tests.chaos import faults
from tests.chaos.conftest import CONVERGE_S
from tests.chaos.rush import run_scenario
from tests.chaos.system import System, running

pytestmark = pytest.mark.chaos


@pytest.fixture(scope="module")
def system(disposable_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(environment(disposable_stack), tmp_path_factory.mktemp("system")) as system:
        yield system


@pytest.mark.parametrize("server", ["redis", "kafka", "mysql"])
def test_a_server_is_killed_and_comes_back(server: str, disposable_stack: Stack, system: System) -> None:
    service = disposable_stack.services[server]
    result = run_scenario(f"{server} killed", system, lambda: faults.kill(service), attempts=600, connections=30)
    assert result.consistent, result
    assert result.converge_s < CONVERGE_S, result
