"""What clients are told while a server does not answer, and what is recorded afterwards."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from admin.service import Admin
from local.servers import Stack
from tests.e2e.conftest import Api, Events, Response
from tests.e2e.test_rush import recorded, results
from tests.waiting import until


@contextmanager
def suspended(stack: Stack, name: str) -> Iterator[None]:
    stack.services[name].suspend()
    try:
        yield
    finally:
        stack.services[name].resume()


def timed(ask: Callable[[], Response]) -> tuple[Response, float]:
    started = time.monotonic()
    return ask(), time.monotonic() - started


def test_without_kafka_seats_are_accepted_and_recorded_later(
    stack: Stack, api: Api, admin: Admin, new_event: Events
) -> None:
    event = new_event(40)
    api.join(event.event_id, 1)
    with suspended(stack, "kafka"), ThreadPoolExecutor(10) as clients:
        started = time.monotonic()
        responses = list(clients.map(lambda user: api.join(event.event_id, user), range(2, 32)))
        took = time.monotonic() - started
    assert [response.status for response in responses] == [202] * 30
    assert {response.body["state"] for response in responses} == {"PENDING"}
    # Four workers that wait 1.5 s for each acknowledgement would take 11 s.
    assert took < 8, "an open breaker responds at once"
    report = recorded(admin, event, 31)
    assert (report.recorded, report.dead, report.consistent) == (31, 0, True)


def test_a_client_s_own_retry_completes_what_was_accepted(
    stack: Stack, api: Api, admin: Admin, new_event: Events
) -> None:
    event = new_event(5)
    with suspended(stack, "kafka"):
        accepted = api.join(event.event_id, 1, key="k")
    assert accepted.status == 202
    done = until(lambda: (response := api.join(event.event_id, 1, key="k")).status == 200 and response)
    assert done.body["seatNo"] == accepted.body["seatNo"]
    assert recorded(admin, event, 1).consistent


def test_without_redis_nothing_is_decided_and_a_retry_tells(
    stack: Stack, api: Api, admin: Admin, new_event: Events
) -> None:
    event = new_event(5)
    until(lambda: api.join(event.event_id, 1, key="first").status == 200)
    with suspended(stack, "redis"):
        response, took = timed(lambda: api.join(event.event_id, 2, key="k"))
        assert (response.status, response.body["result"], response.headers["retry-after"]) == (503, "UNAVAILABLE", "1")
        assert took < 3
        question, took = timed(lambda: api.ask("GET", f"/api/events/{event.event_id}"))
        assert (question.status, question.headers["content-type"]) == (503, "application/problem+json; charset=utf-8")
        assert took < 3
    again = until(lambda: (response := api.join(event.event_id, 2, key="k")).status == 200 and response)
    assert again.body["seatNo"] == 2
    assert recorded(admin, event, 2).consistent


def test_joins_do_not_depend_on_mysql(stack: Stack, api: Api, admin: Admin, new_event: Events) -> None:
    event = new_event(50)
    with suspended(stack, "mysql"):
        responses = [timed(lambda user=user: api.join(event.event_id, user)) for user in range(1, 31)]  # type: ignore[misc]
    assert results([response for response, _ in responses]) == {"SUCCESS": 30}
    assert recorded(admin, event, 30).consistent
