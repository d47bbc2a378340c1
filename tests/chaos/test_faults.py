"""A rush of 2,000 attempts on 100 connections, and something breaks in the middle of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cli.environment import environment
from eventrush.models import Event
from tests.chaos import faults
from tests.chaos.conftest import Record
from tests.chaos.faults import SERVER_FAULTS
from tests.chaos.proxied_stack import ProxiedStack
from tests.chaos.rush import run_scenario
from tests.chaos.system import System, reconciles, running

pytestmark = pytest.mark.chaos


@pytest.fixture(scope="module")
def system(proxied: ProxiedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(environment(proxied.stack), tmp_path_factory.mktemp("system")) as system:
        yield system


@pytest.mark.parametrize("name", SERVER_FAULTS)
def test_a_server_fails(name: str, proxied: ProxiedStack, system: System, record: Record) -> None:
    server, fault = SERVER_FAULTS[name]
    record(run_scenario(name, system, lambda: fault(proxied.stack.services[server])))


def test_several_reconciles_rebuild_at_once(proxied: ProxiedStack, system: System, record: Record) -> None:
    redis = proxied.stack.services["redis"]
    with reconciles(system.settings, system.logs, 2):
        record(run_scenario("Redis back empty, three reconciles", system, lambda: faults.empty(redis)))


def test_a_worker_of_the_api_is_killed(system: System, record: Record) -> None:
    record(run_scenario("API worker killed", system, lambda: faults.kill_workers(system.api)))


def test_a_consumer_is_killed(system: System, record: Record) -> None:
    record(run_scenario("consumer killed", system, lambda: faults.kill_workers(system.consumers)))


def test_the_group_rebalances_in_mid_batch(system: System, record: Record) -> None:
    record(run_scenario("rebalance in mid-batch", system, lambda: faults.rebalance(system)))


def test_the_ledger_is_read_only(proxied: ProxiedStack, system: System, record: Record) -> None:
    record(run_scenario("ledger read-only", system, lambda: faults.make_read_only(proxied.stack)))


def test_the_ledgers_user_has_no_rights(proxied: ProxiedStack, system: System, record: Record) -> None:
    record(run_scenario("ledger's rights revoked", system, lambda: faults.revoke_rights(proxied.stack)))


def test_clients_clocks_are_an_hour_ahead(system: System, record: Record) -> None:
    """A client's clock opens no event earlier, and no row has a time that a client sent."""
    opens_at = datetime.now(UTC) + timedelta(seconds=3)
    ahead = (datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    events: list[Event] = []

    def opening_soon(event: Event) -> Event:
        events.append(replace(event, opens_at=opens_at))
        return events[0]

    result = run_scenario(
        "clients' clocks an hour ahead", system, lambda: None, headers={"Date": ahead}, rules=opening_soon
    )

    record(result)
    assert result.verdicts["NOT_OPEN"] > 0
    recorded = system.admin.ledger.seats.entries(events[0].event_id)
    times = [entry.request_time for entries in recorded for entry in entries]
    assert times
    assert all(opens_at <= moment <= datetime.now(UTC) for moment in times)
