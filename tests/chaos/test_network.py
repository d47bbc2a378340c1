"""A rush of 2,000 on 100 connections, and the way to a server is disturbed in the middle of it."""

from collections.abc import Callable, Iterator

import pytest

from tests.chaos.faults.network import NETWORK_FAULTS
from tests.chaos.faults.proxied import TwoWays
from tests.chaos.rush.outcome import Outcome
from tests.chaos.rush.scenario import suffer
from tests.chaos.rush.system import System, running

pytestmark = pytest.mark.chaos

_NAMES = {"redis": "Redis", "kafka": "Kafka", "mysql": "MySQL"}


@pytest.fixture(scope="module")
def system(two_ways: TwoWays, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    logs = tmp_path_factory.mktemp("proxied-system")
    with running(two_ways.environ, logs, admin_environ=two_ways.stack.environ) as system:
        yield system


@pytest.mark.parametrize("fault", NETWORK_FAULTS)
@pytest.mark.parametrize("server", _NAMES)
def test_the_way_to_a_server_is_disturbed(
    server: str, fault: str, two_ways: TwoWays, system: System, record: Callable[[Outcome], None]
) -> None:
    record(suffer(f"{_NAMES[server]}: {fault}", system, lambda: NETWORK_FAULTS[fault](two_ways.proxy, server)))
