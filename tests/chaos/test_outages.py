"""Outages: what clients and operators notice of each, and what they do not."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import pymysql
import pytest

from cli.contract import Attempt, Reply
from cli.environment import environment
from cli.generator import Plan, Tally, run
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


@dataclass
class Visitors:
    """Clients of one event, each another user; `replies` holds what they were told."""

    system: System
    event_id: str
    replies: list[Reply] = field(default_factory=list)

    def visit(self, number: int = 1) -> Reply:
        """Join as so many new users at the same time, each on a new connection, and return the last reply."""
        users = [Attempt(f"user-{len(self.replies) + turn}") for turn in range(number)]
        tally = Tally()
        asyncio.run(run(Plan(self.system.api.url, self.event_id, users, concurrency=number, timeout_s=10), tally))
        self.replies += tally.replies
        return tally.replies[-1]

    def visits(self, number: int) -> list[Reply]:
        """Join as so many new users, one after another."""
        return [self.visit() for _ in range(number)]

    @property
    def winners(self) -> set[str]:
        """Return the users who were promised a seat."""
        return {reply.user_id for reply in self.replies if reply.won}

    def await_status(self, status: int) -> None:
        """Return when a user is told this status."""
        until(lambda: self.visit().status == status)

    def await_rows(self) -> None:
        """Return when every promise is recorded; other rows may only be of users who were told of an outage."""
        recorded = until(lambda: (found := self._recorded()) >= self.winners and found)
        assert recorded <= self.winners | {reply.user_id for reply in self.replies if reply.status == _OUTAGE}

    def _recorded(self) -> set[str]:
        try:
            return {row.user_id for row in self.system.rows(self.event_id)}
        except pymysql.Error:
            return set()  # MySQL is starting


def took_s(reply: Reply) -> float:
    """Return how long a reply took."""
    return reply.answered_at - reply.sent_at


def published(stack: Stack, event_id: str) -> int:
    """Count the records of an event that were ever sent."""
    reader = StreamReader.connect(StreamSettings.from_env(environment(stack)))
    whole = [Span(span.partition, 0, span.end) for span in reader.spans()]
    return sum(f'"{event_id}"'.encode() in (record.value or b"") for record in reader.records(whole))


@pytest.fixture(scope="module")
def system(proxied: ProxiedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(proxied.environ, tmp_path_factory.mktemp("system"), direct=environment(proxied.stack)) as system:
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
    visitors.visit(20)  # each worker finds out once
    replies = visitors.visits(_VISITS)
    kafka.start()

    assert {reply.status for reply in replies} == {202}
    assert median(map(took_s, replies)) < 0.3
    back_at = time.monotonic()
    visitors.await_rows()
    # Once when it was claimed, and then once each time that it was overdue since Kafka is back.
    times = 2 + (time.monotonic() - back_at) / OVERDUE_S
    assert published(proxied.stack, visitors.event_id) <= times * len(visitors.winners)


def test_without_mysql_clients_notice_nothing(proxied: ProxiedStack, visitors: Visitors) -> None:
    mysql = proxied.stack.services["mysql"]
    mysql.kill()
    replies = visitors.visits(_VISITS)
    mysql.start()

    assert {reply.status for reply in replies} <= _PROMISED
    visitors.await_rows()


def test_without_redis_clients_are_told_within_a_second(proxied: ProxiedStack, visitors: Visitors) -> None:
    redis = proxied.stack.services["redis"]
    visitors.await_status(200)
    redis.kill()
    replies = visitors.visits(_VISITS)
    redis.start()

    assert {reply.status for reply in replies} == {_OUTAGE}
    assert max(map(took_s, replies)) < 1
    visitors.await_status(200)
    visitors.await_rows()


def test_while_redis_hangs_clients_are_told_within_a_second(proxied: ProxiedStack, visitors: Visitors) -> None:
    redis = proxied.stack.services["redis"]
    visitors.await_status(200)
    redis.suspend()
    try:
        replies = visitors.visits(5)
    finally:
        redis.resume()

    assert {reply.status for reply in replies} == {_OUTAGE}
    assert median(map(took_s, replies)) < 1
    visitors.await_status(200)
    visitors.await_rows()


def test_an_environment_that_was_frozen_sends_at_once(
    proxied: ProxiedStack, system: System, visitors: Visitors
) -> None:
    """An environment that Lambda freezes finds its connections cut when it thaws."""
    visitors.visit(20)
    workers = system.api.pids
    try:
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        with proxied.proxy.cut("kafka"), proxied.proxy.cut("redis"):
            time.sleep(_FROZEN_S)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)

    replies = visitors.visits(10)

    assert [reply.status for reply in replies] == [200] * 10
    assert max(map(took_s, replies)) < 1
    visitors.await_rows()
