"""Several events, a backlog, a slow Kafka; reconcile asks as often as in the template."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import batched
from typing import Final

import pytest

from admin import dependencies
from cli.environment import environment
from cli.judge import Row, count_rows
from eventrush.errors import EventrushError
from eventrush.gate import codec
from eventrush.models import Entry, Event
from eventrush.settings import StreamSettings
from eventrush.stream.publisher import StreamPublisher
from tests.chaos import faults
from tests.chaos.conftest import Record
from tests.chaos.proxied_stack import ProxiedStack
from tests.chaos.rush import run_scenario
from tests.chaos.system import System, running
from tests.chaos.test_outages import published
from tests.waiting import until

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

CONVERGE_S: Final = 15.0
BACKLOG: Final = 200_000
_OUTAGE_S: Final = 60.0
_CHUNK: Final = 5000
_SEND_S: Final = 30.0


@pytest.fixture(scope="module")
def system(proxied: ProxiedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    settings = {**proxied.environ, "RECONCILE_EVERY_S": "5"}
    with running(settings, tmp_path_factory.mktemp("system"), direct=environment(proxied.stack)) as system:
        yield system


class Noted:
    """Notes the event of a scenario."""

    def __call__(self, event: Event) -> Event:
        self.event = event
        return event


def test_one_of_two_events_is_lost(system: System, record: Record) -> None:
    """The other one does not notice."""
    noted = Noted()

    def lose() -> None:
        with system.admin.gate.scripts.client() as client:
            client.delete(*codec.event_keys(noted.event.event_id))

    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(run_scenario, "two events, the other one lost", _own(system), lambda: None)
        lost = run_scenario("two events, this one lost", system, lose, rules=noted)
    record(lost, within_s=CONVERGE_S + 5)  # two rushes share the machine
    record(beside.result())


def test_a_failover_behind_a_backlog(proxied: ProxiedStack, system: System, record: Record) -> None:
    """The backlog is sent by nobody again, and each of its entries becomes a row.

    The rebuild reads all of it before it reopens any gate, which takes longer than the rest together.
    """
    crowd = system.admin.create(Event("backlog", "Backlog", BACKLOG))

    def fail_over() -> None:
        faults.empty(proxied.stack.services["redis"])

    with ThreadPoolExecutor(1) as pool:
        with faults.suspended(system.consumers):
            entries = _claim_and_send(system, crowd)
            rush = pool.submit(run_scenario, "failover behind 200,000", _own(system), fail_over, patience_s=300)
            until(lambda: _is_rebuilt(system, crowd), 120)
        resumed_at = time.monotonic()
        until(lambda: count_rows(system.direct, crowd.event_id) == BACKLOG, 300)
        drained_s = time.monotonic() - resumed_at
    result = rush.result()
    record(replace(result, converge_s=round(result.converge_s - drained_s, 1)), within_s=45)
    assert {*system.rows(crowd.event_id)} == {Row(entry.seat_no, entry.user_id) for entry in entries}
    assert published(proxied.stack, crowd.event_id) == BACKLOG


def test_persist_is_stopped_for_a_minute(proxied: ProxiedStack, system: System, record: Record) -> None:
    """An outage of persist adds no record."""
    noted = Noted()

    def stop() -> None:
        with faults.suspended(system.consumers):
            time.sleep(_OUTAGE_S)

    result = run_scenario("persist stopped for a minute", system, stop, rules=noted)
    record(result)
    assert result.converge_s <= CONVERGE_S
    assert published(proxied.stack, noted.event.event_id) == result.success


def test_kafka_acknowledges_after_a_quarter_of_a_second(proxied: ProxiedStack, system: System, record: Record) -> None:
    """Two workers answer eight times a second, so it is a small rush."""
    with proxied.proxy.toxic("kafka", "latency", latency=250):
        record(run_scenario("Kafka at 250 ms", system, lambda: None, attempts=300, connections=20))


def _own(system: System) -> System:
    """Return the system with a connection of its own to the ledger, for another thread."""
    return replace(system, admin=dependencies.connect(system.direct).admin)


def _is_rebuilt(system: System, event: Event) -> bool:
    try:
        facts = system.admin.gate.facts(event.event_id)
    except EventrushError:
        return False
    return facts is not None and facts.event.epoch > event.epoch


def _claim_and_send(system: System, event: Event) -> list[Entry]:
    """Claim every seat and send its entry soon after, so that reconcile need not; nobody records them meanwhile."""
    publisher = StreamPublisher.connect(StreamSettings.from_env({**system.direct, "PUBLISH_TIMEOUT_MS": "2500"}))
    entries: list[Entry] = []
    for users in batched(range(BACKLOG), _CHUNK, strict=False):
        claims = (system.admin.gate.claim(event.event_id, f"{user:032d}", f"key-{user}") for user in users)
        chunk = [claim.entry for claim in claims if claim.entry]
        assert all(publisher.publish_all(chunk, _SEND_S))
        entries += chunk
    return entries
