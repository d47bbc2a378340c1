"""The verdict table over whole requests."""

from dataclasses import replace
from datetime import timedelta

import pytest

from eventrush.models import Event, EventState
from tests.fakes.gate import FakeGate, open_event
from tests.fakes.publisher import FakePublisher
from tests.functional.join.conftest import Invoke
from tests.samples import join_event, sample


def test_a_winner_gets_a_200_and_is_published(invoke: Invoke, stream: FakePublisher) -> None:
    response = invoke(sample("join-winner"))
    assert response.status == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["x-eventrush-result"] == "SUCCESS"
    assert response.body == {
        "result": "SUCCESS",
        "message": "이벤트 참여가 완료되었습니다.",
        "eventId": "default",
        "userId": "3",
        "seatNo": 1,
        "requestTime": "2026-11-22T09:00:00.123456Z",
        "state": "PENDING",
    }
    assert [entry.user_id for entry in stream.published] == ["3"]


def test_a_duplicate_gets_the_first_entry(invoke: Invoke) -> None:
    first = invoke(sample("join-winner"))
    response = invoke(sample("join-duplicate"))
    assert (response.status, response.body["result"]) == (409, "DUPLICATE")
    assert {name: response.body[name] for name in ("seatNo", "requestTime")} == {
        name: first.body[name] for name in ("seatNo", "requestTime")
    }


def test_a_loser_is_distinguishable_from_a_throttled_request(invoke: Invoke, gate: FakeGate) -> None:
    gate.configure(open_event(capacity=1))
    invoke(join_event('{"userId": 1}'))
    response = invoke(join_event('{"userId": 2}'))
    assert (response.status, response.headers["x-eventrush-result"]) == (429, "LIMIT_EXCEEDED")
    assert response.body["message"] == "선착순이 마감되었습니다."
    assert "retry-after" not in response.headers


def test_the_message_is_english_if_the_client_prefers_it(invoke: Invoke) -> None:
    assert invoke(sample("join-english")).body["message"] == "You have joined the event."


def test_an_event_is_joined_by_its_id(invoke: Invoke) -> None:
    assert invoke(sample("join-event")).body["userId"] == "b3c1f0de-8a3f-4ac2-9a39-5a5cf6b1f0a1"


def test_a_base64_body_is_decoded(invoke: Invoke) -> None:
    assert invoke(sample("join-base64")).status == 200


RULES = [
    ({"opens_at": timedelta(seconds=90.5)}, "NOT_OPEN", 403, "91"),
    ({"closes_at": timedelta(0)}, "CLOSED", 410, None),
    ({"state": EventState.CLOSED}, "CLOSED", 410, None),
    ({"state": EventState.PAUSED}, "PAUSED", 503, "5"),
]


@pytest.mark.parametrize(("rules", "result", "status", "retry_after"), RULES, ids=[str(row[0]) for row in RULES])
def test_an_event_that_is_not_open_is_refused_with_its_reason(
    invoke: Invoke, gate: FakeGate, rules: dict[str, timedelta | EventState], result: str, status: int, retry_after: str
) -> None:
    event: Event = open_event()
    for name, value in rules.items():
        moment = gate.now + value if isinstance(value, timedelta) else value
        event = replace(event, **{name: moment})  # type: ignore[arg-type]
    gate.configure(event)
    response = invoke(sample("join-winner"))
    assert (response.status, response.body["result"], response.headers.get("retry-after")) == (
        status,
        result,
        retry_after,
    )


def test_joining_an_unknown_event_is_a_404(invoke: Invoke) -> None:
    response = invoke(join_event(event_id="no-such-event"))
    assert (response.status, response.body["result"]) == (404, "UNKNOWN_EVENT")


def test_a_lost_gate_refuses_claims(invoke: Invoke, gate: FakeGate, stream: FakePublisher) -> None:
    gate.lost = True
    response = invoke(sample("join-winner"))
    assert (response.status, response.body["result"], response.headers["retry-after"]) == (503, "GATE_LOST", "5")
    assert stream.published == []


def test_a_gate_that_does_not_answer_is_unavailable(invoke: Invoke, gate: FakeGate) -> None:
    gate.down = True
    response = invoke(sample("join-winner"))
    assert (response.status, response.body["result"], response.headers["retry-after"]) == (503, "UNAVAILABLE", "1")


def test_without_kafka_a_winner_gets_a_202(invoke: Invoke, stream: FakePublisher) -> None:
    stream.down = True
    response = invoke(sample("join-winner"))
    assert (response.status, response.body["result"], response.body["state"]) == (202, "SUCCESS", "PENDING")
    assert response.body["message"] == "이벤트 참여가 접수되었습니다."


def test_null_path_parameters_are_none(invoke: Invoke) -> None:
    """As `sam local` sends them with a path that has none."""
    assert invoke(sample("join-winner") | {"pathParameters": None}).body["eventId"] == "default"
