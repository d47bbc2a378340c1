"""A rush of 2,000 attempts on 100 connections, and the network to a server fails in the middle of it."""

from collections.abc import Callable, Iterator

import pytest

from cli.environment import environment
from tests.chaos.faults import NETWORK_FAULTS
from tests.chaos.proxied_stack import ProxiedStack
from tests.chaos.results import Result
from tests.chaos.rush import run_scenario
from tests.chaos.system import System, running

pytestmark = pytest.mark.chaos

_TITLES = {"redis": "Redis", "kafka": "Kafka", "mysql": "MySQL"}


@pytest.fixture(scope="module")
def system(proxied: ProxiedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(proxied.environ, tmp_path_factory.mktemp("system"), direct=environment(proxied.stack)) as system:
        yield system


@pytest.mark.parametrize("fault", NETWORK_FAULTS)
@pytest.mark.parametrize("server", _TITLES)
def test_the_network_to_a_server_fails(
    server: str, fault: str, proxied: ProxiedStack, system: System, record: Callable[[Result], None]
) -> None:
    record(run_scenario(f"{_TITLES[server]}: {fault}", system, lambda: NETWORK_FAULTS[fault](proxied.proxy, server)))
