"""A rush of 2,000 attempts on 100 connections, and the network to a server fails in the middle of it."""

from collections.abc import Callable, Iterator

import pytest

from cli.environment import environment
from eventrush.errors import PublishError
from eventrush.settings import StreamSettings
from eventrush.stream.publisher import GuardedPublisher, StreamPublisher
from tests.chaos.faults import NETWORK_FAULTS
from tests.chaos.proxied_stack import ProxiedStack
from tests.chaos.results import Result
from tests.chaos.rush import run_scenario
from tests.chaos.system import System, running
from tests.deliveries import an_entry
from tests.waiting import until

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


@pytest.mark.parametrize("latency_ms", [250, 1200])
def test_the_breaker_closes_on_a_kafka_that_is_slow(proxied: ProxiedStack, latency_ms: int) -> None:
    """A probe with less time than a send would keep the breaker open for as long as Kafka is slow."""
    settings = StreamSettings.from_env({**proxied.environ, "BREAKER_RESET_S": "0.2"})
    guarded = GuardedPublisher(StreamPublisher.connect(settings), settings.breaker_reset_s)
    entry = an_entry("slow", 1)
    with proxied.proxy.cut("kafka"), pytest.raises(PublishError):
        guarded.publish(entry)
    assert guarded.open

    def acknowledged() -> bool:
        try:
            guarded.publish(entry)
        except PublishError:
            return False
        return True

    with proxied.proxy.toxic("kafka", "latency", latency=latency_ms):
        until(acknowledged, 30)
        assert [acknowledged() for _ in range(5)] == [True] * 5
        assert not guarded.open
