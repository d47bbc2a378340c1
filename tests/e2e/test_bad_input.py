"""The table of bad input over real HTTP: the same problems as from the handler, and nothing decided."""

import base64
from typing import Any

import pytest

from admin.service import Admin
from cli.contract import EXPECTED
from tests.bad_input import accepted, events
from tests.e2e.conftest import Api, Response
from tests.samples import join_event
from tests.waiting import until

OVER_HTTP = [name for name in events() if name != "flagged base64 and is none"]  # that flag is API Gateway's own


def send(api: Api, event: dict[str, Any]) -> Response:
    """Send the request from which API Gateway makes this event."""
    body = event.get("body")
    raw = base64.b64decode(body) if body and event["isBase64Encoded"] else body
    names = ("content-type", "idempotency-key", "accept-language")
    headers = {name: event["headers"][name].encode("latin-1") for name in names if name in event["headers"]}
    return api.ask(event["requestContext"]["http"]["method"], event["rawPath"], raw, headers)


@pytest.mark.parametrize("name", OVER_HTTP)
def test_bad_input(api: Api, name: str) -> None:
    event, status, field = events()[name]
    response = send(api, event)
    assert (response.status, response.body["errors"][0]["field"]) == (status, field)
    assert response.headers["content-type"] == "application/problem+json; charset=utf-8"


@pytest.mark.parametrize("name", accepted())
def test_what_is_at_a_limit_is_accepted(api: Api, name: str) -> None:
    result = send(api, accepted()[name]).body["result"]
    assert (result == "UNKNOWN_EVENT") if name.startswith("eventId") else (result in EXPECTED), result


@pytest.mark.parametrize("over", [0, 1])
def test_a_payload_beyond_10_mb_is_refused_by_the_api(api: Api, over: int) -> None:
    """Up to its limit, the function refuses what is beyond its own, and names the field."""
    response = send(api, join_event("x" * (10_000_000 + over)))
    assert response.status == 413
    assert ("errors" in response.body, "message" in response.body) == ((False, True) if over else (True, False))


def test_nothing_of_it_was_decided(api: Api, admin: Admin) -> None:
    before = until(lambda: (facts := admin.gate.facts("default")) and not facts.pending and facts)
    for name in OVER_HTTP:
        assert send(api, events()[name][0]).status >= 400
    after = admin.gate.facts("default")
    assert after is not None
    assert (after.issued, after.pending) == (before.issued, before.pending)
