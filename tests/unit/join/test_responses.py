"""The verdict table of the contract, row by row, and RFC 9457 problems."""

import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventrush.models import Entry, EntryStatus, Event, EventFacts, Outcome, Verdict
from join import responses
from join.responses import ACCEPTED, PROBLEM_JSON, TABLE, Response, prefers_english, problem
from join.service import Joined

NOW = datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC)
ENTRY = Entry("default", "3", 7, NOW, 1, "a")


def content(response: Response) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response["body"])
    return body


def present(outcome: Outcome, language: str = "", *, acknowledged: bool = True) -> Response:
    return responses.of_join(Joined(outcome, acknowledged), "default", "3", {"accept-language": language})


CONTRACT = [
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


def test_the_contract_covers_every_verdict() -> None:
    assert {row[0] for row in CONTRACT} == set(Verdict)


@pytest.mark.parametrize(
    ("verdict", "status", "korean", "retry_after"), CONTRACT, ids=[row[0].name for row in CONTRACT]
)
def test_each_verdict_has_its_status_message_and_headers(
    verdict: Verdict, status: int, korean: str | None, retry_after: str | None
) -> None:
    entry = ENTRY if verdict in {Verdict.SUCCESS, Verdict.DUPLICATE} else None
    response = present(Outcome(verdict, entry, changes_in_s=2.1 if verdict is Verdict.NOT_OPEN else 0.0))
    body = content(response)
    assert response["statusCode"] == status
    assert response["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert response["headers"]["x-eventrush-result"] == body["result"] == verdict.name
    assert response["headers"].get("Retry-After") == retry_after
    assert response["headers"]["Cache-Control"] == "no-store"
    assert (body["eventId"], body["userId"]) == ("default", "3")
    assert korean is None or body["message"] == korean
    assert {"seatNo", "requestTime", "state"} & set(body) == ({"seatNo", "requestTime", "state"} if entry else set())


@pytest.mark.parametrize("verdict", [Verdict.SUCCESS, Verdict.DUPLICATE])
@pytest.mark.parametrize(("pending", "state"), [(True, "PENDING"), (False, "CONFIRMED")])
def test_a_response_contains_the_entry_s_seat_time_and_state(verdict: Verdict, state: str, *, pending: bool) -> None:
    body = content(present(Outcome(verdict, ENTRY, pending)))
    assert (body["seatNo"], body["requestTime"], body["state"]) == (7, "2026-11-22T09:00:00.000001Z", state)


def test_an_unacknowledged_seat_is_a_202() -> None:
    response = present(Outcome(Verdict.SUCCESS, ENTRY, pending=True), acknowledged=False)
    body = content(response)
    assert (response["statusCode"], body["result"], body["state"]) == (202, "SUCCESS", "PENDING")
    assert body["message"] == "이벤트 참여가 접수되었습니다."
    assert "Retry-After" not in response["headers"]


def test_an_unacknowledged_seat_has_an_english_message() -> None:
    body = content(present(Outcome(Verdict.SUCCESS, ENTRY, pending=True), "en", acknowledged=False))
    assert body["message"] == "Your entry has been accepted."


def test_without_a_seat_there_is_no_202() -> None:
    assert present(Outcome(Verdict.UNAVAILABLE), acknowledged=False)["statusCode"] == 503


def test_the_message_is_english_if_the_client_prefers_it() -> None:
    assert content(present(Outcome(Verdict.LIMIT_EXCEEDED), "en"))["message"] == "All seats are taken."


def test_korean_is_not_escaped() -> None:
    assert "마감" in (present(Outcome(Verdict.LIMIT_EXCEEDED))["body"])


def test_facts_are_presented_and_cacheable_for_a_second() -> None:
    event = Event("default", "봄", 100, opens_at=NOW)
    response = responses.of_facts(EventFacts(event, NOW, issued=40, free=2, pending=5))
    assert (response["statusCode"], response["headers"]["Cache-Control"]) == (200, "public, max-age=1")
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
def test_an_entry_is_presented_with_its_state(state: str, *, pending: bool) -> None:
    response = responses.of_entry(EntryStatus(ENTRY, pending))
    assert response["statusCode"] == 200
    assert content(response) == {
        "eventId": "default",
        "userId": "3",
        "seatNo": 7,
        "requestTime": "2026-11-22T09:00:00.000001Z",
        "state": state,
    }


def test_a_problem_names_its_field() -> None:
    response = problem(HTTPStatus.UNPROCESSABLE_ENTITY, "is required", field="userId")
    assert (response["statusCode"], response["headers"]["Content-Type"]) == (422, PROBLEM_JSON)
    assert json.loads(response["body"]) == {
        "type": "about:blank",
        "title": HTTPStatus.UNPROCESSABLE_ENTITY.phrase,
        "status": 422,
        "detail": "userId: is required",
        "errors": [{"field": "userId", "detail": "is required"}],
    }


def test_a_problem_has_the_given_headers_and_is_never_cached() -> None:
    response = problem(HTTPStatus.SERVICE_UNAVAILABLE, "Not now.", Retry_After="1")
    assert response["headers"]["Retry-After"] == "1"
    assert response["headers"]["Cache-Control"] == "no-store"


def test_a_problem_without_a_field_has_no_errors() -> None:
    body = json.loads(problem(HTTPStatus.NOT_FOUND, "There is no such entry.")["body"])
    assert body["detail"] == "There is no such entry."
    assert "errors" not in body


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_message_in_both_languages(verdict: Verdict) -> None:
    for row in (TABLE[verdict], ACCEPTED):
        assert row.english.isascii()
        assert not row.korean.isascii()


@pytest.mark.parametrize(
    ("accept_language", "english"),
    [
        ("", False),
        ("en", True),
        ("en-GB", True),
        ("EN-us", True),
        ("ko", False),
        ("ko,en;q=0.9", False),
        ("en;q=0.9,ko;q=0.5", True),
        ("en-US,en;q=0.9,ko-KR;q=0.8,ko;q=0.7", True),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", False),
        ("fr", False),
        ("fr,en;q=0.3", True),
        ("*", False),
        ("*,en;q=0.5", False),
        ("en;q=0", False),
        ("en;q=much", False),
        (";;,,q", False),
    ],
)
def test_accept_language(accept_language: str, *, english: bool) -> None:
    assert prefers_english(accept_language) is english


@given(st.text())
def test_any_accept_language_header_is_accepted(accept_language: str) -> None:
    assert isinstance(prefers_english(accept_language), bool)
