"""Each server is killed once in the middle of a small rush; Redis also in one whose users have tokens."""

from collections.abc import Iterator

import pytest

from cli.environment import environment
from cli.tokens import Signer
from local.servers import Stack
from tests.chaos import faults
from tests.chaos.conftest import CONVERGE_S
from tests.chaos.rush import run_scenario
from tests.chaos.system import System, running

pytestmark = pytest.mark.chaos


@pytest.fixture(scope="module")
def system(
    request: pytest.FixtureRequest, disposable_stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[System]:
    directory = tmp_path_factory.mktemp("system")
    signer = Signer(directory / "keys") if request.param == "token" else None
    with running(environment(disposable_stack), directory, signer=signer) as system:
        yield system


@pytest.mark.parametrize(
    ("system", "server"),
    [("body", "redis"), ("body", "kafka"), ("body", "mysql"), ("token", "redis")],
    indirect=["system"],
)
def test_a_server_is_killed_and_comes_back(server: str, disposable_stack: Stack, system: System) -> None:
    service = disposable_stack.services[server]
    result = run_scenario(f"{server} killed", system, lambda: faults.kill(service), attempts=600, connections=30)
    assert result.consistent, result
    assert result.converge_s < CONVERGE_S, result
