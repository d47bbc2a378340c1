"""Outages in degrees: what clients and operators notice of each, and what they do not."""

import os
import signal
import time
from collections.abc import Iterator
from statistics import median

import pytest

from eventrush.models import Event
from tests.chaos.faults.proxied import TwoWays
from tests.chaos.outages import Visitor, published
from tests.chaos.rush.system import OVERDUE_S, System, running

pytestmark = pytest.mark.chaos

_VISITS = 40
_FROZEN_S = 12


@pytest.fixture(scope="module")
def system(two_ways: TwoWays, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    logs = tmp_path_factory.mktemp("outages")
    with running(two_ways.environ, logs, admin_environ=two_ways.stack.environ) as system:
        yield system


@pytest.fixture
def visitor(system: System, request: pytest.FixtureRequest) -> Visitor:
    event = Event(request.node.name.replace("_", "-"), "Outage", 1000)
    system.admin.create(event)
    return Visitor(system, event.event_id)


def test_kafka_down_costs_little_and_loses_nothing(two_ways: TwoWays, visitor: Visitor) -> None:
    kafka = two_ways.stack.services["kafka"]
    visitor.await_status(200)
    kafka.kill()
    visitor.crowd(20)  # each worker finds out once
    visits = [visitor.visit() for _ in range(_VISITS)]
    kafka.start()

    assert {visit.status for visit in visits} == {202}
    assert median(visit.took_s for visit in visits) < 0.3
    back_at = time.monotonic()
    visitor.await_rows()
    # Once when it was claimed, and then once each time that it has been overdue since Kafka is back.
    times = 2 + (time.monotonic() - back_at) / OVERDUE_S
    assert published(two_ways.stack, visitor) <= times * len(visitor.won)


def test_mysql_down_is_not_noticed(two_ways: TwoWays, visitor: Visitor) -> None:
    mysql = two_ways.stack.services["mysql"]
    mysql.kill()
    visits = [visitor.visit() for _ in range(_VISITS)]
    mysql.start()

    assert {visit.status for visit in visits} <= {200, 202}
    visitor.await_rows()


def test_redis_down_is_said_within_a_second_and_mends_itself(two_ways: TwoWays, visitor: Visitor) -> None:
    redis = two_ways.stack.services["redis"]
    visitor.await_status(200)
    redis.kill()
    visits = [visitor.visit() for _ in range(_VISITS)]
    redis.start()

    assert {visit.status for visit in visits} == {503}
    assert max(visit.took_s for visit in visits) < 1
    visitor.await_status(200)
    visitor.await_rows()


def test_redis_hanging_is_said_within_a_second(two_ways: TwoWays, visitor: Visitor) -> None:
    redis = two_ways.stack.services["redis"]
    visitor.await_status(200)
    redis.suspend()
    try:
        visits = [visitor.visit() for _ in range(5)]
    finally:
        redis.resume()

    assert {visit.status for visit in visits} == {503}
    assert median(visit.took_s for visit in visits) < 1
    visitor.await_status(200)
    visitor.await_rows()


def test_what_was_frozen_sends_at_once(two_ways: TwoWays, system: System, visitor: Visitor) -> None:
    """An environment that Lambda freezes finds its connections cut when it thaws."""
    visitor.crowd(20)
    workers = system.front.pids
    try:
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        with two_ways.proxy.cut("kafka"), two_ways.proxy.cut("redis"):
            time.sleep(_FROZEN_S)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)

    visits = [visitor.visit() for _ in range(10)]

    assert [visit.status for visit in visits] == [200] * 10
    assert max(visit.took_s for visit in visits) < 1
    visitor.await_rows()
