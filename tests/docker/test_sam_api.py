"""The contract over `sam local start-api`: verdicts, reads, bad input."""

from datetime import UTC, datetime, timedelta

import pytest

from admin.service import Admin
from tests.bad_input import events
from tests.docker.conftest import Events
from tests.e2e.conftest import Answer, Api
from tests.e2e.test_bad_input import OVER_HTTP, send
from tests.e2e.test_rush import results
from tests.waiting import until

pytestmark = pytest.mark.docker

# Verdicts without a seat: status, and whether the response has Retry-After.
UNDECIDED = {"NOT_OPEN": (403, True), "CLOSED": (410, False), "PAUSED": (503, True), "UNKNOWN_EVENT": (404, False)}

# Requests that SAM's server changes before the function gets them; they are refused all the same.
SAM_READS = {
    "invalid UTF-8": None,  # SAM responds 502
    "eventId percent-encoded ../": (404, "path"),  # SAM decodes %2F
    "eventId percent-encoded slash": (404, "path"),
}


def outcome(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.body["result"], answer.headers["x-eventrush-result"]


def test_success_duplicate_and_limit_exceeded(api: Api, new_event: Events) -> None:
    event_id = new_event(1).event_id
    won = until(lambda: (answer := api.join(event_id, 3, key="k")).status == 200 and answer)
    assert outcome(won) == (200, "SUCCESS", "SUCCESS")
    assert (won.body["seatNo"], won.body["userId"], won.body["eventId"]) == (1, "3", event_id)
    assert won.body["message"] == "이벤트 참여가 완료되었습니다."
    again = api.join(event_id, "3")
    assert outcome(again) == (409, "DUPLICATE", "DUPLICATE")
    assert {name: again.body[name] for name in ("seatNo", "requestTime")} == {
        name: won.body[name] for name in ("seatNo", "requestTime")
    }
    late = api.join(event_id, 4)
    assert outcome(late) == (429, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED")
    assert "retry-after" not in late.headers


@pytest.mark.parametrize("result", UNDECIDED)
def test_an_event_that_gives_no_seats(api: Api, admin: Admin, new_event: Events, result: str) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    event_id = new_event(1, opens_at=soon if result == "NOT_OPEN" else None).event_id
    if result == "CLOSED":
        admin.close(event_id)
    if result == "PAUSED":
        admin.pause(event_id)
    answer = api.join(f"no-{event_id}" if result == "UNKNOWN_EVENT" else event_id, 3)
    status, has_retry_after = UNDECIDED[result]
    assert outcome(answer) == (status, result, result)
    assert ("retry-after" in answer.headers) is has_retry_after
    facts = admin.gate.facts(event_id)
    assert facts is not None
    assert facts.issued == 0


def test_the_same_key_gets_the_same_verdict(api: Api, new_event: Events) -> None:
    event_id = new_event(5).event_id
    first, again = api.join(event_id, 3, key="k"), api.join(event_id, 3, key="k")
    assert results([first, again]) == {"SUCCESS": 2}
    assert first.body["seatNo"] == again.body["seatNo"]


def test_the_message_is_english_if_preferred(api: Api, new_event: Events) -> None:
    path = f"/api/events/{new_event(1).event_id}/join"
    headers = {"content-type": "application/json", "accept-language": "en", "idempotency-key": "k"}
    won = until(lambda: (answer := api.ask("POST", path, '{"userId": 3}', headers)).status == 200 and answer)
    assert won.body["message"] == "You have joined the event."


def test_events_and_entries_can_be_read(api: Api, new_event: Events) -> None:
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
