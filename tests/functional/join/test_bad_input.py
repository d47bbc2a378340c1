"""Each bad input is its own clear 4xx problem naming the field; nothing is decided, nothing of it is logged."""

import io
import json

import pytest

from tests.bad_input import MARK, events
from tests.fakes.gate import FakeGate
from tests.fakes.publisher import FakePublisher
from tests.functional.join.conftest import Invoke
from tests.samples import get_event, join_event, sample


@pytest.mark.parametrize("name", events())
def test_bad_input(
    name: str,
    invoke: Invoke,
    gate: FakeGate,
    stream: FakePublisher,
    logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    event, status, field = events()[name]
    answer = invoke(event)
    assert (answer.status, answer.field) == (status, field)
    assert answer.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert answer.body["status"] == status
    assert answer.body["detail"].startswith(f"{field}: ")
    assert gate.asked == 0, "nothing was decided"
    assert stream.published == []
    told = capfd.readouterr()
    assert MARK not in told.out + told.err + logged.getvalue() + json.dumps(answer.body)


def test_every_case_is_told_apart() -> None:
    """The catalogue of the contract is covered: no two cases are the same request."""
    seen = [json.dumps(event, sort_keys=True) for event, _, _ in events().values()]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("path", ["/api/events/Default", "/api/events/Default/entries/3", "/api/events/a%2Fb"])
def test_a_question_about_an_impossible_event_is_refused(invoke: Invoke, path: str) -> None:
    answer = invoke(get_event(path))
    assert (answer.status, answer.field) == (422, "eventId")


@pytest.mark.parametrize("user_id", ["%20", "a" * 65, "%00", "%EC%9D%B4"])
def test_a_question_about_an_impossible_user_is_refused(invoke: Invoke, user_id: str) -> None:
    answer = invoke(get_event(f"/api/events/default/entries/{user_id}"))
    assert (answer.status, answer.field) == (422, "userId")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_join_answers_post_only_and_says_so(invoke: Invoke, method: str) -> None:
    answer = invoke(join_event(None, method=method))
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_missing_content_type_is_taken_for_json(invoke: Invoke) -> None:
    event = sample("join-winner")
    del event["headers"]["content-type"]
    assert invoke(event).status == 200


def test_no_answer_allows_other_origins(invoke: Invoke) -> None:
    """CORS is API Gateway's; a header of our own would double it."""
    for event in (sample("join-winner"), sample("join-malformed"), sample("get-event")):
        assert not [name for name in invoke(event).headers if name.startswith("access-control-")]
