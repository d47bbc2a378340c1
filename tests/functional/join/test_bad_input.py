"""Each bad input is a 4xx problem that names the field; no seat is claimed, and the input is not logged."""

import io
import json
from typing import Any

import pytest

from tests.bad_input import MARK, accepted, events, token_accepted, token_events
from tests.fakes.gate import FakeGate
from tests.fakes.publisher import FakePublisher
from tests.functional.join.conftest import Invoke
from tests.samples import get_event, join_event, sample


@pytest.mark.parametrize("name", events())
def test_bad_input_is_a_problem_that_names_the_field(
    name: str,
    invoke: Invoke,
    gate: FakeGate,
    stream: FakePublisher,
    logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    event, status, field = events()[name]
    response = invoke(event)
    assert (response.status, response.field) == (status, field)
    assert response.headers["content-type"] == "application/problem+json; charset=utf-8"
    assert response.body["status"] == status
    assert response.body["detail"].startswith(f"{field}: ")
    assert gate.claims == 0
    assert stream.published == []
    printed = capfd.readouterr()
    assert MARK not in printed.out + printed.err + logged.getvalue() + json.dumps(response.body)


@pytest.mark.parametrize("name", token_events())
def test_bad_input_with_tokens_decides_nothing_and_logs_nothing(
    name: str,
    invoke_with_tokens: Invoke,
    gate: FakeGate,
    stream: FakePublisher,
    logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    gate.down = True  # reading an entry would be a 503
    event, status, field = token_events()[name]
    response = invoke_with_tokens(event)
    assert (response.status, response.field) == (status, field)
    assert response.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert (gate.claims, stream.published, logged.getvalue()) == (0, [], "")
    printed = capfd.readouterr()
    assert MARK not in printed.out + printed.err + json.dumps(response.body)


@pytest.mark.parametrize("name", token_accepted())
def test_with_tokens_the_user_is_the_subject(name: str, invoke_with_tokens: Invoke, stream: FakePublisher) -> None:
    event = token_accepted()[name]
    response = invoke_with_tokens(event)
    subject = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    assert (response.status, response.body["userId"]) == (200, subject)
    assert [entry.user_id for entry in stream.published] == [subject]


@pytest.mark.parametrize("name", accepted())
def test_what_is_at_a_limit_is_accepted(name: str, invoke: Invoke, gate: FakeGate) -> None:
    response = invoke(accepted()[name])
    assert (response.status, gate.claims) == (404 if name.startswith("eventId") else 200, 1)


@pytest.mark.parametrize(("refused", "at_limit"), [(events(), accepted()), (token_events(), token_accepted())])
def test_no_two_cases_are_the_same_request(
    refused: dict[str, tuple[dict[str, Any], int, str]], at_limit: dict[str, dict[str, Any]]
) -> None:
    requests = [*(event for event, _, _ in refused.values()), *at_limit.values()]
    seen = [json.dumps(event, sort_keys=True) for event in requests]
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("path", ["/api/events/Default", "/api/events/Default/entries/3", "/api/events/a%2Fb"])
def test_a_lookup_of_an_invalid_event_id_is_rejected(invoke: Invoke, path: str) -> None:
    response = invoke(get_event(path))
    assert (response.status, response.field) == (422, "eventId")


@pytest.mark.parametrize("user_id", ["%20", "a" * 65, "%00", "%EC%9D%B4"])
def test_a_lookup_of_an_invalid_user_id_is_rejected(invoke: Invoke, user_id: str) -> None:
    response = invoke(get_event(f"/api/events/default/entries/{user_id}"))
    assert (response.status, response.field) == (422, "userId")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_join_allows_only_post(invoke: Invoke, method: str) -> None:
    response = invoke(join_event(None, method=method))
    assert (response.status, response.headers["allow"]) == (405, "POST")


def test_a_missing_content_type_means_json(invoke: Invoke) -> None:
    event = sample("join-winner")
    del event["headers"]["content-type"]
    assert invoke(event).status == 200


def test_no_response_has_cors_headers(invoke: Invoke) -> None:
    """API Gateway adds CORS headers; ours would duplicate them."""
    for event in (sample("join-winner"), sample("join-malformed"), sample("get-event")):
        assert not [name for name in invoke(event).headers if name.startswith("access-control-")]
