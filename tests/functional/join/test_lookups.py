"""Lookups of an event's public facts and of an entry."""

import io
import json

import pytest

from tests.fakes.gate import FakeGate, open_event
from tests.functional.join.conftest import Invoke
from tests.samples import get_event, join_event, sample, with_subject


def test_an_event_s_facts_are_public(invoke: Invoke) -> None:
    invoke(sample("join-winner"))
    response = invoke(sample("get-event"))
    assert (response.status, response.headers["cache-control"]) == (200, "public, max-age=1")
    assert response.body == {
        "eventId": "default",
        "name": "Event default",
        "capacity": 100,
        "remaining": 99,
        "state": "OPEN",
        "opensAt": None,
        "closesAt": None,
        "serverTime": "2026-11-22T09:00:00.123456Z",
    }


def test_a_sold_out_event_has_that_state(invoke: Invoke, gate: FakeGate) -> None:
    gate.configure(open_event(capacity=1))
    invoke(sample("join-winner"))
    body = invoke(sample("get-event")).body
    assert (body["remaining"], body["state"]) == (0, "SOLD_OUT")


def test_an_entry_is_pending_until_it_is_confirmed(invoke: Invoke, gate: FakeGate) -> None:
    joined = invoke(sample("join-winner")).body
    pending = invoke(sample("get-entry"))
    gate.confirm("default", ["3"])
    confirmed = invoke(sample("get-entry"))
    assert (pending.status, pending.body["state"]) == (200, "PENDING")
    assert (confirmed.status, confirmed.body["state"]) == (200, "CONFIRMED")
    assert confirmed.body["seatNo"] == joined["seatNo"]
    assert confirmed.headers["cache-control"] == "no-store"


def test_a_percent_encoded_user_id_is_decoded(invoke: Invoke) -> None:
    invoke(join_event('{"userId": "a/b?c#%"}'))
    response = invoke(get_event("/api/events/default/entries/a%2Fb%3Fc%23%25"))
    assert (response.status, response.body["userId"]) == (200, "a/b?c#%")


def test_a_path_is_decoded_once(invoke: Invoke) -> None:
    invoke(join_event('{"userId": "%41"}'))
    response = invoke(get_event("/api/events/default/entries/%2541"))
    assert (response.status, response.body["userId"]) == (200, "%41")


def test_an_unknown_entry_is_a_404(invoke: Invoke) -> None:
    response = invoke(sample("get-entry"))
    assert (response.status, response.headers["content-type"]) == (404, "application/problem+json; charset=utf-8")


def test_an_unknown_event_is_a_404(invoke: Invoke) -> None:
    response = invoke(get_event("/api/events/no-such-event"))
    assert (response.status, response.body["result"]) == (404, "UNKNOWN_EVENT")


def test_with_tokens_a_user_is_shown_only_the_own_entry(invoke: Invoke, invoke_with_tokens: Invoke) -> None:
    invoke(sample("join-winner"))
    own = invoke_with_tokens(sample("get-entry-token"))
    assert (own.status, own.body["userId"], own.body["seatNo"]) == (200, "3", 1)
    another = invoke_with_tokens(with_subject(sample("get-entry"), "4"))
    assert (another.status, another.field) == (403, "userId")
    assert "seatNo" not in another.body


def test_with_tokens_an_event_s_facts_stay_public(invoke_with_tokens: Invoke) -> None:
    assert invoke_with_tokens(sample("get-event")).status == 200


def test_without_tokens_claims_are_ignored(invoke: Invoke) -> None:
    response = invoke(with_subject(sample("join-winner"), "4"))
    assert (response.status, response.body["userId"]) == (200, "3")
    assert invoke(with_subject(sample("get-entry"), "4")).status == 200


@pytest.mark.parametrize("name", ["get-event", "get-entry"])
@pytest.mark.parametrize(("broken", "retry_after"), [("down", "1"), ("lost", "5")])
def test_a_lookup_while_the_gate_is_lost_or_down_is_a_503(
    invoke: Invoke, gate: FakeGate, name: str, broken: str, retry_after: str
) -> None:
    setattr(gate, broken, True)
    response = invoke(sample(name))
    assert (response.status, response.headers["retry-after"]) == (503, retry_after)
    assert "Redis" not in response.body["detail"], "a 5xx never carries exception text"


def test_a_gate_that_does_not_answer_is_logged_once(invoke: Invoke, gate: FakeGate, logged: io.StringIO) -> None:
    gate.down = True
    invoke(sample("get-event"))
    assert [json.loads(line)["message"] for line in logged.getvalue().splitlines()] == ["the gate does not answer"]
