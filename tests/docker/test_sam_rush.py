"""From SAM's containers to rows: a rush, and seats that are given while a server is unavailable."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from admin.service import Admin
from eventrush.gate import codec
from tests.docker.conftest import Events
from tests.docker.terminal import Terminal
from tests.e2e.conftest import Api
from tests.e2e.test_rush import recorded, results, stampede
from tests.waiting import until

pytestmark = pytest.mark.docker


@contextmanager
def paused(terminal: Terminal, server: str) -> Iterator[None]:
    terminal.run(f"docker compose pause {server}")
    try:
        yield
    finally:
        terminal.run(f"docker compose unpause {server}")


def test_a_rush_of_200_for_60_seats_leaves_exactly_60_rows(api: Api, admin: Admin, new_event: Events) -> None:
    event = new_event(60)
    answers = stampede(api, event, list(range(1, 201)))
    assert results(answers) == {"SUCCESS": 60, "LIMIT_EXCEEDED": 140}
    report = recorded(admin, event, 60)
    assert (report.recorded, report.distinct_users, report.distinct_seats) == (60, 60, 60)
    assert (report.min_seat, report.max_seat, report.dead, report.missing) == (1, 60, 0, [])
    assert report.sound


def test_without_kafka_a_seat_is_accepted_and_delivered_later(
    terminal: Terminal, api: Api, admin: Admin, new_event: Events
) -> None:
    event = new_event(5)
    with paused(terminal, "kafka"):
        answer = api.join(event.event_id, 3)
    assert (answer.status, answer.body["result"], answer.body["state"]) == (202, "SUCCESS", "PENDING")
    assert answer.body["message"] == "이벤트 참여가 접수되었습니다."
    assert recorded(admin, event, 1).sound


def test_without_redis_no_seat_is_given(terminal: Terminal, api: Api, admin: Admin, new_event: Events) -> None:
    event = new_event(5)
    with paused(terminal, "redis"):
        answer = api.join(event.event_id, 3, key="k")
    assert (answer.status, answer.body["result"], answer.headers["retry-after"]) == (503, "UNAVAILABLE", "1")
    until(lambda: api.join(event.event_id, 3, key="k").status == 200)
    assert recorded(admin, event, 1).sound


def test_a_lost_gate_refuses_joins_until_reconcile_rebuilds_it(
    api: Api, admin: Admin, compose: dict[str, str], new_event: Events
) -> None:
    event = new_event(5)
    assert api.join(event.event_id, 1).body["seatNo"] == 1
    recorded(admin, event, 1)
    with redis.Redis.from_url(compose["REDIS_URL"]) as client:
        client.delete(*codec.event_keys(event.event_id))
    lost = api.join(event.event_id, 2)
    assert (lost.status, lost.body["result"], "retry-after" in lost.headers) == (503, "GATE_LOST", True)
    until(lambda: api.join(event.event_id, 2, key="k").status == 200, 60)
    assert api.join(event.event_id, 1).status == 409
    assert recorded(admin, event, 2).sound
