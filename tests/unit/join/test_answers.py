"""The verdict table of the contract, row by row."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response

from eventrush.entry import Entry
from eventrush.event import Event
from eventrush.gate import EventFacts, HeldEntry
from eventrush.verdict import Outcome, Verdict
from join import answers
from join.service import Joined

NOW = datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC)
ENTRY = Entry("default", "3", 7, NOW, 1, "a")


def content(response: Response[str]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.body or "")
    return body


def answer(outcome: Outcome, language: str = "", *, acknowledged: bool = True) -> Response[str]:
    return answers.of_join(Joined(outcome, acknowledged), "default", "3", language)


TABLE = [
    (Verdict.SUCCESS, 200, "이벤트 참여가 완료되었습니다.", None),
    (Verdict.DUPLICATE, 409, "이미 참여하셨습니다.", None),
    (Verdict.LIMIT_EXCEEDED, 429, "선착순이 마감되었습니다.", None),
    (Verdict.NOT_OPEN, 403, None, "3"),
    (Verdict.CLOSED, 410, None, None),
    (Verdict.PAUSED, 503, None, "5"),
    (Verdict.GATE_LOST, 503, None, "5"),
    (Verdict.UNAVAILABLE, 503, None, "1"),
    (Verdict.UNKNOWN_EVENT, 404, None, None),
]


def test_the_table_is_complete() -> None:
    assert {row[0] for row in TABLE} == set(Verdict)


@pytest.mark.parametrize(("verdict", "status", "korean", "retry_after"), TABLE, ids=[row[0].name for row in TABLE])
def test_verdict(verdict: Verdict, status: int, korean: str | None, retry_after: str | None) -> None:
    entry = ENTRY if verdict in {Verdict.SUCCESS, Verdict.DUPLICATE} else None
    response = answer(Outcome(verdict, entry, opens_in_s=2.1 if verdict is Verdict.NOT_OPEN else 0.0))
    body = content(response)
    assert response.status_code == status
    assert response.content_type == "application/json; charset=utf-8"
    assert response.headers["x-eventrush-result"] == body["result"] == verdict.name
    assert response.headers.get("Retry-After") == retry_after
    assert response.headers["Cache-Control"] == "no-store"
    assert (body["eventId"], body["userId"]) == ("default", "3")
    assert korean is None or body["message"] == korean
    assert {"seatNo", "requestTime", "state"} & set(body) == ({"seatNo", "requestTime", "state"} if entry else set())


@pytest.mark.parametrize("verdict", [Verdict.SUCCESS, Verdict.DUPLICATE])
@pytest.mark.parametrize(("pending", "state"), [(True, "PENDING"), (False, "CONFIRMED")])
def test_an_entry_s_seat_time_and_state_are_told(verdict: Verdict, state: str, *, pending: bool) -> None:
    body = content(answer(Outcome(verdict, ENTRY, pending)))
    assert (body["seatNo"], body["requestTime"], body["state"]) == (7, "2026-11-22T09:00:00.000001Z", state)


def test_a_seat_that_is_held_but_not_acknowledged_is_a_202() -> None:
    response = answer(Outcome(Verdict.SUCCESS, ENTRY, pending=True), acknowledged=False)
    body = content(response)
    assert (response.status_code, body["result"], body["state"]) == (202, "SUCCESS", "PENDING")
    assert body["message"] == "이벤트 참여가 접수되었습니다."
    assert "Retry-After" not in response.headers


def test_nothing_held_and_nothing_acknowledged_is_no_202() -> None:
    assert answer(Outcome(Verdict.UNAVAILABLE), acknowledged=False).status_code == 503


def test_english_where_it_is_preferred() -> None:
    assert content(answer(Outcome(Verdict.LIMIT_EXCEEDED), "en"))["message"] == "All seats are taken."


def test_korean_is_sent_as_it_is_written() -> None:
    assert "마감" in (answer(Outcome(Verdict.LIMIT_EXCEEDED)).body or "")


def test_facts() -> None:
    event = Event("default", "봄", 100, opens_at=NOW)
    response = answers.of_facts(EventFacts(event, NOW, issued=40, free=2, pending=5))
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "public, max-age=1")
    assert content(response) == {
        "eventId": "default",
        "name": "봄",
        "capacity": 100,
        "remaining": 62,
        "state": "OPEN",
        "opensAt": "2026-11-22T09:00:00.000001Z",
        "closesAt": None,
        "serverTime": "2026-11-22T09:00:00.000001Z",
    }


@pytest.mark.parametrize(("pending", "state"), [(True, "PENDING"), (False, "CONFIRMED")])
def test_entry(state: str, *, pending: bool) -> None:
    response = answers.of_entry(HeldEntry(ENTRY, pending))
    assert response.status_code == 200
    assert content(response) == {
        "eventId": "default",
        "userId": "3",
        "seatNo": 7,
        "requestTime": "2026-11-22T09:00:00.000001Z",
        "state": state,
    }
