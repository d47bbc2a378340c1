"""Outages: what clients and operators notice of each, and what they do not."""

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

import pymysql
import pytest

from eventrush.models import Event
from eventrush.settings import StreamSettings
from eventrush.stream.reader import Span, StreamReader
from local.servers import Stack
from tests.chaos.proxied_stack import ProxiedStack
from tests.chaos.system import OVERDUE_S, System, running
from tests.waiting import until

pytestmark = pytest.mark.chaos

_VISITS = 40
_FROZEN_S = 12
_PROMISED = {200, 202}
_OUTAGE = 503


class Visit(NamedTuple):
    """An HTTP status, and how long it took."""

    status: int
    took_s: float


@dataclass
class Visitors:
    """Clients of one event, each another user; `statuses` holds what each was told."""

    system: System
    event_id: str
    statuses: dict[str, int] = field(default_factory=dict)
    _users: "count[int]" = field(default_factory=count)

    def visit(self) -> Visit:
        """Join as a new user on a new connection."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection(urlsplit(self.system.api.url).netloc, timeout=10)
        headers = {"Content-Type": "application/json"}
        user = f"user-{next(self._users)}"
        connection.request("POST", f"/api/events/{self.event_id}/join", json.dumps({"userId": user}), headers)
        status = connection.getresponse().status
        connection.close()
        self.statuses[user] = status
        return Visit(status, time.perf_counter() - started)

    def visit_at_once(self, number: int) -> None:
        """Join as so many users at the same time."""
        with ThreadPoolExecutor(number) as clients:
            list(clients.map(lambda _turn: self.visit(), range(number)))

    @property
    def winners(self) -> set[str]:
        """Return the users who were promised a seat."""
        return self._told(_PROMISED)

    def await_status(self, status: int) -> None:
        """Return when a user is told this status."""
        until(lambda: self.visit().status == status)

    def await_rows(self) -> None:
        """Return when every promise is recorded; other rows may only be of users who were told of an outage."""
        recorded = until(lambda: (found := self._recorded()) >= self.winners and found)
        assert recorded <= self._told(_PROMISED | {_OUTAGE})

    def _told(self, statuses: set[int]) -> set[str]:
        return {user for user, status in self.statuses.items() if status in statuses}

    def _recorded(self) -> set[str]:
        try:
            return {row.user_id for row in self.system.rows(self.event_id)}
        except pymysql.Error:
            return set()  # MySQL is starting


def published(stack: Stack, event_id: str) -> int:
    """Count the records of an event that were ever sent."""
    reader = StreamReader.connect(StreamSettings.from_env(stack.environ))
    whole = [Span(span.partition, 0, span.end) for span in reader.spans()]
    return sum(f'"{event_id}"'.encode() in (record.value or b"") for record in reader.records(whole))


@pytest.fixture(scope="module")
def system(proxied: ProxiedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(proxied.environ, tmp_path_factory.mktemp("system"), direct=proxied.stack.environ) as system:
        yield system


@pytest.fixture
def visitors(system: System, request: pytest.FixtureRequest) -> Visitors:
    event = Event(request.node.name.replace("_", "-"), "Outage", 1000)
    system.admin.create(event)
    return Visitors(system, event.event_id)


def test_without_kafka_replies_stay_fast_and_nothing_is_lost(proxied: ProxiedStack, visitors: Visitors) -> None:
    kafka = proxied.stack.services["kafka"]
    visitors.await_status(200)
    kafka.kill()
    visitors.visit_at_once(20)  # each worker finds out once
    visits = [visitors.visit() for _ in range(_VISITS)]
    kafka.start()

    assert {visit.status for visit in visits} == {202}
    assert median(visit.took_s for visit in visits) < 0.3
    back_at = time.monotonic()
    visitors.await_rows()
    # Once when it was claimed, and then once each time that it was overdue since Kafka is back.
    times = 2 + (time.monotonic() - back_at) / OVERDUE_S
    assert published(proxied.stack, visitors.event_id) <= times * len(visitors.winners)


def test_without_mysql_clients_notice_nothing(proxied: ProxiedStack, visitors: Visitors) -> None:
    mysql = proxied.stack.services["mysql"]
    mysql.kill()
    visits = [visitors.visit() for _ in range(_VISITS)]
    mysql.start()

    assert {visit.status for visit in visits} <= _PROMISED
    visitors.await_rows()


def test_without_redis_clients_are_told_within_a_second(proxied: ProxiedStack, visitors: Visitors) -> None:
    redis = proxied.stack.services["redis"]
    visitors.await_status(200)
    redis.kill()
    visits = [visitors.visit() for _ in range(_VISITS)]
    redis.start()

    assert {visit.status for visit in visits} == {_OUTAGE}
    assert max(visit.took_s for visit in visits) < 1
    visitors.await_status(200)
    visitors.await_rows()


def test_while_redis_hangs_clients_are_told_within_a_second(proxied: ProxiedStack, visitors: Visitors) -> None:
    redis = proxied.stack.services["redis"]
    visitors.await_status(200)
    redis.suspend()
    try:
        visits = [visitors.visit() for _ in range(5)]
    finally:
        redis.resume()

    assert {visit.status for visit in visits} == {_OUTAGE}
    assert median(visit.took_s for visit in visits) < 1
    visitors.await_status(200)
    visitors.await_rows()


def test_an_environment_that_was_frozen_sends_at_once(
    proxied: ProxiedStack, system: System, visitors: Visitors
) -> None:
    """An environment that Lambda freezes finds its connections cut when it thaws."""
    visitors.visit_at_once(20)
    workers = system.api.pids
    try:
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        with proxied.proxy.cut("kafka"), proxied.proxy.cut("redis"):
            time.sleep(_FROZEN_S)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)

    visits = [visitors.visit() for _ in range(10)]

    assert [visit.status for visit in visits] == [200] * 10
    assert max(visit.took_s for visit in visits) < 1
    visitors.await_rows()
