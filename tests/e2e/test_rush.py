"""From HTTP to rows: the stampede that the project is for."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from admin.service import Admin, Report
from cli.contract import STATUSES
from eventrush.models import Event
from tests.e2e.conftest import Api, Events, Response, exchange
from tests.waiting import until

THREADS = 50


def stampede(api: Api, event: Event, users: list[int]) -> list[Response]:
    """Send the joins of these users over fifty connections at once."""
    path, headers = f"/api/events/{event.event_id}/join", {"content-type": "application/json"}

    def run(mine: list[int]) -> list[Response]:
        connection = api.connection()
        try:
            return [exchange(connection, "POST", path, f'{{"userId": {user}}}', headers) for user in mine]
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return [
            response for some in pool.map(run, (users[lane::THREADS] for lane in range(THREADS))) for response in some
        ]


def results(responses: list[Response]) -> Counter[str]:
    """Count responses by their results, each with a status that goes with it.

    A SUCCESS has two: a Kafka that is slow for a moment turns a 200 into a 202.
    """
    assert [one for one in responses if one.status not in STATUSES.get(one.body.get("result", ""), ())] == []
    return Counter(response.body["result"] for response in responses)


def recorded(admin: Admin, event: Event, rows: int) -> Report:
    """Wait until so many rows are recorded and nothing is pending; return the report."""

    def settled() -> Report | None:
        report = admin.report(event.event_id)
        return report if report.recorded >= rows and not report.pending else None

    return until(settled, 30)


def test_a_thousand_users_for_a_hundred_seats_leave_exactly_a_hundred_rows(
    api: Api, admin: Admin, new_event: Events
) -> None:
    """The original's own acceptance test."""
    event = new_event(100)
    responses = stampede(api, event, list(range(1, 1001)))
    assert results(responses) == {"SUCCESS": 100, "LIMIT_EXCEEDED": 900}
    report = recorded(admin, event, 100)
    assert (report.recorded, report.distinct_users, report.distinct_seats) == (100, 100, 100)
    assert (report.min_seat, report.max_seat, report.dead, report.missing) == (1, 100, 0, [])
    assert report.consistent


def test_users_who_come_twice_have_one_row_each(api: Api, admin: Admin, new_event: Events) -> None:
    event = new_event(500)
    users = [user for user in range(1, 201) for _ in range(3)]
    random.Random(3).shuffle(users)  # noqa: S311 a repeatable order, no secret
    responses = stampede(api, event, users)
    assert results(responses) == {"SUCCESS": 200, "DUPLICATE": 400}
    seats = {response.body["userId"]: set[int]() for response in responses}
    for response in responses:
        seats[response.body["userId"]].add(response.body["seatNo"])
    assert all(len(of_user) == 1 for of_user in seats.values()), "a DUPLICATE names the first entry's seat"
    report = recorded(admin, event, 200)
    assert (report.recorded, report.distinct_users, report.consistent) == (200, 200, True)


def test_an_entry_is_pending_then_confirmed(api: Api, new_event: Events) -> None:
    event = new_event(10)
    joined = api.join(event.event_id, "a/b c".replace(" ", "~"))
    path = f"/api/events/{event.event_id}/entries/a%2Fb~c"
    confirmed = until(lambda: (response := api.ask("GET", path)).body.get("state") == "CONFIRMED" and response)
    assert {name: confirmed.body[name] for name in ("seatNo", "requestTime", "userId")} == {
        name: joined.body[name] for name in ("seatNo", "requestTime", "userId")
    }


def test_the_same_key_hears_the_same_before_and_after_it_is_recorded(api: Api, admin: Admin, new_event: Events) -> None:
    event = new_event(1)
    first = api.join(event.event_id, 3, key="k")
    again = api.join(event.event_id, 3, key="k")
    recorded(admin, event, 1)
    later = api.join(event.event_id, 3, key="k")
    assert results([first, again, later]) == {"SUCCESS": 3}
    assert len({(response.body["seatNo"], response.body["requestTime"]) for response in (first, again, later)}) == 1
    assert (later.body["state"], api.join(event.event_id, 3, key="another").status) == ("CONFIRMED", 409)


def test_an_event_s_facts_follow_the_rush(api: Api, admin: Admin, new_event: Events) -> None:
    event = new_event(2)
    path = f"/api/events/{event.event_id}"
    assert (api.ask("GET", path).body["remaining"], api.ask("GET", path).body["state"]) == (2, "OPEN")
    stampede(api, event, [1, 2, 3])
    assert (api.ask("GET", path).body["remaining"], api.ask("GET", path).body["state"]) == (0, "SOLD_OUT")
    admin.close(event.event_id)
    assert api.ask("GET", path).body["state"] == "PAUSED"  # until the change counts
    until(lambda: api.join(event.event_id, 9).status == 410)
    assert api.ask("GET", path).body["state"] == "CLOSED"


def test_the_short_path_joins_the_default_event(api: Api) -> None:
    response = api.ask("POST", "/api/event/join", '{"userId": "e2e"}', {"content-type": "application/json"})
    assert response.status in {200, 202, 409}
    assert response.body["eventId"] == "default"
