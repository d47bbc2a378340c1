"""What an event's public and an entry's owner may ask."""

import io
import json

import pytest

from tests.fakes.gate import FakeGate, open_event
from tests.functional.join.conftest import Invoke
from tests.samples import get_event, join_event, sample


def test_facts_of_an_event(invoke: Invoke) -> None:
    invoke(sample("join-winner"))
    answer = invoke(sample("get-event"))
    assert (answer.status, answer.headers["cache-control"]) == (200, "public, max-age=1")
    assert answer.body == {
        "eventId": "default",
        "name": "Event default",
        "capacity": 100,
        "remaining": 99,
        "state": "OPEN",
        "opensAt": None,
        "closesAt": None,
        "serverTime": "2026-11-22T09:00:00.123456Z",
    }


def test_a_sold_out_event_says_so(invoke: Invoke, gate: FakeGate) -> None:
    gate.configure(open_event(capacity=1))
    invoke(sample("join-winner"))
    body = invoke(sample("get-event")).body
    assert (body["remaining"], body["state"]) == (0, "SOLD_OUT")


def test_an_entry_is_pending_until_the_ledger_has_it(invoke: Invoke, gate: FakeGate) -> None:
    joined = invoke(sample("join-winner")).body
    pending = invoke(sample("get-entry"))
    gate.confirm("default", ["3"])
    confirmed = invoke(sample("get-entry"))
    assert (pending.status, pending.body["state"]) == (200, "PENDING")
    assert (confirmed.status, confirmed.body["state"]) == (200, "CONFIRMED")
    assert confirmed.body["seatNo"] == joined["seatNo"]
    assert confirmed.headers["cache-control"] == "no-store"


def test_a_user_id_may_hold_what_a_path_must_encode(invoke: Invoke) -> None:
    invoke(join_event('{"userId": "a/b?c#%"}'))
    answer = invoke(get_event("/api/events/default/entries/a%2Fb%3Fc%23%25"))
    assert (answer.status, answer.body["userId"]) == (200, "a/b?c#%")


def test_who_has_no_entry_is_told_so(invoke: Invoke) -> None:
    answer = invoke(sample("get-entry"))
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json; charset=utf-8")


def test_an_event_that_never_existed_has_no_facts(invoke: Invoke) -> None:
    answer = invoke(get_event("/api/events/no-such-event"))
    assert (answer.status, answer.body["result"]) == (404, "UNKNOWN_EVENT")


@pytest.mark.parametrize("name", ["get-event", "get-entry"])
@pytest.mark.parametrize(("broken", "retry_after"), [("down", "1"), ("lost", "5")])
def test_a_gate_that_cannot_tell(invoke: Invoke, gate: FakeGate, name: str, broken: str, retry_after: str) -> None:
    setattr(gate, broken, True)
    answer = invoke(sample(name))
    assert (answer.status, answer.headers["retry-after"]) == (503, retry_after)
    assert "Redis" not in answer.body["detail"], "a 5xx never carries exception text"


def test_a_gate_that_does_not_answer_is_logged_once(invoke: Invoke, gate: FakeGate, logged: io.StringIO) -> None:
    gate.down = True
    invoke(sample("get-event"))
    assert [json.loads(line)["message"] for line in logged.getvalue().splitlines()] == ["the gate does not answer"]
