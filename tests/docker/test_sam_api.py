"""The contract over `sam local start-api`: the verdict table, questions, bad input."""

from datetime import UTC, datetime, timedelta

import pytest

from admin.service import Admin
from tests.bad_input import events
from tests.docker.conftest import Events
from tests.e2e.conftest import Api, Response
from tests.e2e.test_bad_input import OVER_HTTP, send
from tests.e2e.test_rush import results
from tests.waiting import until

pytestmark = pytest.mark.docker

# Verdicts about an event that stays as it is made, with what a Retry-After must be told.
UNDECIDED = {"NOT_OPEN": (403, True), "CLOSED": (410, False), "PAUSED": (503, True), "UNKNOWN_EVENT": (404, False)}

# What SAM's own server makes of a request before the function sees it; refused all the same.
SAM_READS = {
    **dict.fromkeys(("invalid UTF-8", "invalid UTF-8 in a string", "another binary")),  # it answers 502 itself
    "content type ": (400, "body"),  # it passes no empty header on
    "eventId percent-encoded ../": (404, "path"),  # %2F is a slash to it
    "eventId percent-encoded slash": (404, "path"),
}


def heard(answer: Response) -> tuple[int, str, str]:
    return answer.status, answer.body["result"], answer.headers["x-eventrush-result"]


def test_a_winner_a_duplicate_and_one_too_late(api: Api, new_event: Events) -> None:
    event_id = new_event(1).event_id
    won = until(lambda: (answer := api.join(event_id, 3, key="k")).status == 200 and answer)
    assert heard(won) == (200, "SUCCESS", "SUCCESS")
    assert (won.body["seatNo"], won.body["userId"], won.body["eventId"]) == (1, "3", event_id)
    assert won.body["message"] == "이벤트 참여가 완료되었습니다."
    again = api.join(event_id, "3")
    assert heard(again) == (409, "DUPLICATE", "DUPLICATE")
    assert {name: again.body[name] for name in ("seatNo", "requestTime")} == {
        name: won.body[name] for name in ("seatNo", "requestTime")
    }
    late = api.join(event_id, 4)
    assert heard(late) == (429, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED")
    assert "retry-after" not in late.headers


@pytest.mark.parametrize("result", UNDECIDED)
def test_an_event_that_admits_nobody(api: Api, admin: Admin, new_event: Events, result: str) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    event_id = new_event(1, opens_at=soon if result == "NOT_OPEN" else None).event_id
    if result == "CLOSED":
        admin.close(event_id)
        until(lambda: (facts := admin.gate.facts(event_id)) and not facts.changing)
    if result == "PAUSED":
        admin.pause(event_id)
    answer = api.join(f"no-{event_id}" if result == "UNKNOWN_EVENT" else event_id, 3)
    status, may_return = UNDECIDED[result]
    assert heard(answer) == (status, result, result)
    assert ("retry-after" in answer.headers) is may_return
    facts = admin.gate.facts(event_id)
    assert facts is not None
    assert facts.issued == 0


def test_the_same_key_hears_the_same(api: Api, new_event: Events) -> None:
    event_id = new_event(5).event_id
    first, again = api.join(event_id, 3, key="k"), api.join(event_id, 3, key="k")
    assert results([first, again]) == {"SUCCESS": 2}
    assert first.body["seatNo"] == again.body["seatNo"]


def test_english_where_it_is_preferred(api: Api, new_event: Events) -> None:
    path = f"/api/events/{new_event(1).event_id}/join"
    headers = {"content-type": "application/json", "accept-language": "en", "idempotency-key": "k"}
    won = until(lambda: (answer := api.ask("POST", path, '{"userId": 3}', headers)).status == 200 and answer)
    assert won.body["message"] == "You have joined the event."


def test_questions_are_answered(api: Api, new_event: Events) -> None:
    event_id = new_event(7).event_id
    api.join(event_id, 3)
    facts = api.ask("GET", f"/api/events/{event_id}")
    assert (facts.status, facts.body["capacity"], facts.body["remaining"], facts.body["state"]) == (200, 7, 6, "OPEN")
    assert api.ask("GET", f"/api/events/{event_id}/entries/3").body["seatNo"] == 1
    assert api.ask("GET", f"/api/events/{event_id}/entries/4").status == 404


@pytest.mark.parametrize("name", [name for name in OVER_HTTP if SAM_READS.get(name, ()) is not None])
def test_bad_input(api: Api, name: str) -> None:
    event, *expected = events()[name]
    answer = send(api, event)
    assert (answer.status, answer.body["errors"][0]["field"]) == SAM_READS.get(name, tuple(expected))
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
