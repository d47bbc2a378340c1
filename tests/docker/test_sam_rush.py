"""From SAM's containers to rows: a rush, and what becomes of promises while a server does not answer."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from admin.service import Admin
from eventrush.gate import keys
from tests.docker.conftest import ROOT, SAM_API, Events
from tests.docker.terminal import Terminal
from tests.e2e.conftest import Api
from tests.e2e.test_rush import recorded, results, stampede
from tests.waiting import until

pytestmark = pytest.mark.docker

K6 = shutil.which("k6", path=f"{ROOT / '.local' / 'bin'}:{os.environ['PATH']}")


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
    assert report.consistent


@pytest.mark.skipif(K6 is None, reason="k6 is not installed; `local/setup.sh k6` builds it")
@pytest.mark.usefixtures("api")
def test_k6_makes_an_event_and_judges_it(terminal: Terminal) -> None:
    assert K6 is not None
    with_k6 = replace(terminal, environ={**terminal.environ, "PATH": f"{Path(K6).parent}:{terminal.environ['PATH']}"})
    words = [sys.executable, "-c", SAM_API, "k6", "--vus", "4", "--duration", "3s", "--capacity", "10", "--json"]
    found = json.loads(with_k6.run(shlex.join(words)))
    assert (found["judged"], found["success"], found["rows"], found["lost"]) == (True, 10, 10, 0)


def test_without_kafka_a_seat_is_accepted_and_delivered_later(
    terminal: Terminal, api: Api, admin: Admin, new_event: Events
) -> None:
    event = new_event(5)
    with paused(terminal, "kafka"):
        answer = api.join(event.event_id, 3)
    assert (answer.status, answer.body["result"], answer.body["state"]) == (202, "SUCCESS", "PENDING")
    assert answer.body["message"] == "이벤트 참여가 접수되었습니다."
    assert recorded(admin, event, 1).consistent


def test_without_redis_nothing_is_decided(terminal: Terminal, api: Api, admin: Admin, new_event: Events) -> None:
    event = new_event(5)
    with paused(terminal, "redis"):
        answer = api.join(event.event_id, 3, key="k")
    assert (answer.status, answer.body["result"], answer.headers["retry-after"]) == (503, "UNAVAILABLE", "1")
    until(lambda: api.join(event.event_id, 3, key="k").status == 200)
    assert recorded(admin, event, 1).consistent


def test_a_gate_that_lost_an_event_refuses_until_reconcile_has_rebuilt_it(
    api: Api, admin: Admin, compose: dict[str, str], new_event: Events
) -> None:
    event = new_event(5)
    assert api.join(event.event_id, 1).body["seatNo"] == 1
    recorded(admin, event, 1)
    with redis.Redis.from_url(compose["REDIS_URL"]) as client:
        client.delete(*keys.of_event(event.event_id).all)
    lost = api.join(event.event_id, 2)
    assert (lost.status, lost.body["result"], "retry-after" in lost.headers) == (503, "GATE_LOST", True)
    until(lambda: api.join(event.event_id, 2, key="k").status == 200, 60)
    assert api.join(event.event_id, 1).status == 409
    assert recorded(admin, event, 2).consistent
