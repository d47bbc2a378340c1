"""Each server is killed once in the middle of a small rush."""

from collections.abc import Iterator

import pytest

from local.servers import Stack
from tests.chaos.rush.scenario import suffer
from tests.chaos.rush.system import System, running

pytestmark = pytest.mark.chaos


@pytest.fixture(scope="module")
def system(mortal_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(mortal_stack.environ, tmp_path_factory.mktemp("system")) as system:
        yield system


@pytest.mark.parametrize("server", ["redis", "kafka", "mysql"])
def test_a_server_is_killed_and_comes_back(server: str, mortal_stack: Stack, system: System) -> None:
    service = mortal_stack.services[server]

    def fault() -> None:
        service.kill()
        service.start()

    found = suffer(f"{server} killed", system, fault, attempts=600, connections=30)

    assert found.sound, found
    assert found.converge_s < 30, found
