"""A repeated attempt gets the same seat; another attempt of the same user is a duplicate."""

from datetime import timedelta

from eventrush.models import EventState
from tests.context import lambda_context
from tests.fakes.gate import FakeGate, open_event
from tests.fakes.publisher import FakePublisher
from tests.functional.join.conftest import Invoke
from tests.samples import join_event, sample


def test_the_same_key_gets_the_same_seat(invoke: Invoke, gate: FakeGate) -> None:
    first, pending = invoke(sample("join-idempotent")), invoke(sample("join-idempotent"))
    gate.confirm("default", ["3"])
    confirmed = invoke(sample("join-idempotent"))
    assert [response.status for response in (first, pending, confirmed)] == [200, 202, 200]
    assert {(response.body["seatNo"], response.body["requestTime"]) for response in (first, pending, confirmed)} == {
        (first.body["seatNo"], first.body["requestTime"])
    }


def test_another_key_is_a_duplicate(invoke: Invoke) -> None:
    invoke(sample("join-idempotent"))
    assert invoke(join_event(headers={"idempotency-key": "another"})).status == 409


def test_the_key_is_the_attempt_whatever_the_request_id(invoke: Invoke) -> None:
    first = invoke(join_event(headers={"idempotency-key": "k"}, request_id="r1"))
    again = invoke(join_event(headers={"idempotency-key": "k"}, request_id="r2"))
    assert (again.status, again.body["seatNo"]) == (202, first.body["seatNo"])


def test_without_a_key_the_request_id_is_the_attempt(invoke: Invoke) -> None:
    assert invoke(join_event(request_id="r1")).status == 200
    assert invoke(join_event(request_id="r1")).status == 202
    assert invoke(join_event(request_id="r2")).status == 409


def test_under_sam_local_the_invocation_is_the_attempt(invoke: Invoke) -> None:
    """Every request has the same id there, so a duplicate would be a winner's retry."""
    event = join_event(request_id="always-the-same")
    event["requestContext"]["apiId"] = "1234567890"
    invocations = (lambda_context(request_id=request_id) for request_id in ("i1", "i2"))
    assert [invoke(event, context).status for context in invocations] == [200, 409]


def test_two_users_with_the_same_key_make_two_attempts(invoke: Invoke) -> None:
    seats = [invoke(join_event(f'{{"userId": {user}}}', headers={"idempotency-key": "k"})) for user in (1, 2)]
    assert [(seat.status, seat.body["seatNo"]) for seat in seats] == [(200, 1), (200, 2)]


def test_a_retry_after_a_202_publishes_what_cannot_be_waiting(
    invoke: Invoke, gate: FakeGate, stream: FakePublisher
) -> None:
    stream.down = True
    assert invoke(sample("join-idempotent")).status == 202
    stream.down = False
    assert invoke(sample("join-idempotent")).status == 202
    gate.take_overdue("default", gate.now + timedelta(seconds=1), limit=0)
    assert invoke(sample("join-idempotent")).status == 200
    assert len(stream.published) == 1


def test_a_winner_s_retry_gets_its_seat_after_the_event_closed(invoke: Invoke, gate: FakeGate) -> None:
    invoke(sample("join-idempotent"))
    gate.confirm("default", ["3"])
    gate.configure(open_event(state=EventState.CLOSED))
    again = invoke(sample("join-idempotent"))
    assert (again.status, again.body["state"]) == (200, "CONFIRMED")
