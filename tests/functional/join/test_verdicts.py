"""The verdict table over whole requests."""

from dataclasses import replace
from datetime import timedelta

import pytest

from eventrush.models import Event, EventState
from tests.fakes.gate import FakeGate, open_event
from tests.fakes.publisher import FakePublisher
from tests.functional.join.conftest import Invoke
from tests.samples import join_event, sample


def test_a_winner(invoke: Invoke, stream: FakePublisher) -> None:
    answer = invoke(sample("join-winner"))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-eventrush-result"] == "SUCCESS"
    assert answer.body == {
        "result": "SUCCESS",
        "message": "이벤트 참여가 완료되었습니다.",
        "eventId": "default",
        "userId": "3",
        "seatNo": 1,
        "requestTime": "2026-11-22T09:00:00.123456Z",
        "state": "PENDING",
    }
    assert [entry.user_id for entry in stream.published] == ["3"]


def test_a_duplicate_is_told_the_first_entry(invoke: Invoke) -> None:
    first = invoke(sample("join-winner"))
    answer = invoke(sample("join-duplicate"))
    assert (answer.status, answer.body["result"]) == (409, "DUPLICATE")
    assert {name: answer.body[name] for name in ("seatNo", "requestTime")} == {
        name: first.body[name] for name in ("seatNo", "requestTime")
    }


def test_who_is_too_late_can_be_told_from_a_throttled_one(invoke: Invoke, gate: FakeGate) -> None:
    gate.configure(open_event(capacity=1))
    invoke(join_event('{"userId": 1}'))
    answer = invoke(join_event('{"userId": 2}'))
    assert (answer.status, answer.headers["x-eventrush-result"]) == (429, "LIMIT_EXCEEDED")
    assert answer.body["message"] == "선착순이 마감되었습니다."
    assert "retry-after" not in answer.headers


def test_english_where_it_is_preferred(invoke: Invoke) -> None:
    assert invoke(sample("join-english")).body["message"] == "You have joined the event."


def test_any_event_can_be_joined(invoke: Invoke) -> None:
    assert invoke(sample("join-event")).body["userId"] == "b3c1f0de-8a3f-4ac2-9a39-5a5cf6b1f0a1"


def test_a_body_that_comes_as_base64(invoke: Invoke) -> None:
    assert invoke(sample("join-base64")).status == 200


RULES = [
    ({"opens_at": timedelta(seconds=90.5)}, "NOT_OPEN", 403, "91"),
    ({"closes_at": timedelta(0)}, "CLOSED", 410, None),
    ({"state": EventState.CLOSED}, "CLOSED", 410, None),
    ({"state": EventState.PAUSED}, "PAUSED", 503, "5"),
]


@pytest.mark.parametrize(("rules", "result", "status", "retry_after"), RULES, ids=[str(row[0]) for row in RULES])
def test_an_event_that_does_not_admit_says_why_and_when_to_come_back(
    invoke: Invoke, gate: FakeGate, rules: dict[str, timedelta | EventState], result: str, status: int, retry_after: str
) -> None:
    event: Event = open_event()
    for name, value in rules.items():
        moment = gate.now + value if isinstance(value, timedelta) else value
        event = replace(event, **{name: moment})  # type: ignore[arg-type]
    gate.configure(event)
    answer = invoke(sample("join-winner"))
    assert (answer.status, answer.body["result"], answer.headers.get("retry-after")) == (status, result, retry_after)


def test_an_event_that_never_existed(invoke: Invoke) -> None:
    answer = invoke(join_event(event_id="no-such-event"))
    assert (answer.status, answer.body["result"]) == (404, "UNKNOWN_EVENT")


def test_a_gate_that_lost_its_memory_refuses(invoke: Invoke, gate: FakeGate, stream: FakePublisher) -> None:
    gate.lost = True
    answer = invoke(sample("join-winner"))
    assert (answer.status, answer.body["result"], answer.headers["retry-after"]) == (503, "GATE_LOST", "5")
    assert stream.published == []


def test_a_gate_that_does_not_answer(invoke: Invoke, gate: FakeGate) -> None:
    gate.down = True
    answer = invoke(sample("join-winner"))
    assert (answer.status, answer.body["result"], answer.headers["retry-after"]) == (503, "UNAVAILABLE", "1")


def test_without_kafka_the_seat_is_held_and_pending(invoke: Invoke, stream: FakePublisher) -> None:
    stream.down = True
    answer = invoke(sample("join-winner"))
    assert (answer.status, answer.body["result"], answer.body["state"]) == (202, "SUCCESS", "PENDING")
    assert answer.body["message"] == "이벤트 참여가 접수되었습니다."
