"""A rush of 2,000 on 100 connections, and something breaks in the middle of it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from eventrush.models import Event
from tests.chaos.faults import ledger, processes
from tests.chaos.faults.proxied import TwoWays
from tests.chaos.faults.servers import SERVER_FAULTS, emptied
from tests.chaos.rush.outcome import Outcome
from tests.chaos.rush.scenario import suffer
from tests.chaos.rush.system import System, running

pytestmark = pytest.mark.chaos

Record = Callable[[Outcome], None]


@pytest.fixture(scope="module")
def system(two_ways: TwoWays, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(two_ways.stack.environ, tmp_path_factory.mktemp("system")) as system:
        yield system


@pytest.mark.parametrize("name", SERVER_FAULTS)
def test_a_server_breaks(name: str, two_ways: TwoWays, system: System, record: Record) -> None:
    server, fault = SERVER_FAULTS[name]
    record(suffer(name, system, lambda: fault(two_ways.stack.services[server])))


def test_several_reconciles_rebuild_at_once(two_ways: TwoWays, system: System, record: Record) -> None:
    redis = two_ways.stack.services["redis"]
    with processes.more_reconciles(system, 2):
        record(suffer("Redis back empty, three reconciles", system, lambda: emptied(redis)))


def test_a_worker_of_the_api_is_killed(system: System, record: Record) -> None:
    record(suffer("API worker killed", system, lambda: processes.worker_killed(system.front)))


def test_a_consumer_is_killed(system: System, record: Record) -> None:
    record(suffer("consumer killed", system, lambda: processes.worker_killed(system.source)))


def test_the_group_rebalances_in_mid_batch(system: System, record: Record) -> None:
    record(suffer("rebalance in mid-batch", system, lambda: processes.rebalanced(system)))


def test_the_ledger_is_read_only(two_ways: TwoWays, system: System, record: Record) -> None:
    record(suffer("ledger read-only", system, lambda: ledger.read_only(two_ways.stack)))


def test_the_ledgers_user_has_no_rights(two_ways: TwoWays, system: System, record: Record) -> None:
    record(suffer("ledger's rights gone", system, lambda: ledger.rights_gone(two_ways.stack)))


def test_clients_clocks_are_an_hour_off(system: System, record: Record) -> None:
    """Their clocks open no event earlier, and none of what they say of the time is written down."""
    opens_at = datetime.now(UTC) + timedelta(seconds=3)
    ahead = (datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")

    events: list[Event] = []

    def opening_soon(event: Event) -> Event:
        events.append(replace(event, opens_at=opens_at))
        return events[0]

    found = suffer("clients' clocks an hour off", system, lambda: None, headers={"Date": ahead}, rules=opening_soon)

    record(found)
    assert found.verdicts["NOT_OPEN"] > 0
    times = [entry.request_time for entry in system.entries(events[0].event_id)]
    assert times
    assert all(opens_at <= moment <= datetime.now(UTC) for moment in times)
