"""For any sequence of operations, the real gate returns what the fake one returns."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventrush.errors import ConflictError
from eventrush.gate.gate import Gate
from eventrush.models import Entry, EntryStatus, Event, EventState, Outcome
from tests.deliveries import NOW
from tests.fakes.gate import FakeGate
from tests.integration.conftest import new_id

USERS, ATTEMPTS, SEATS = st.sampled_from("abcdef"), st.sampled_from("12"), st.integers(1, 6)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), USERS, ATTEMPTS),
        st.tuples(st.just("confirm"), st.lists(USERS, max_size=3)),
        st.tuples(st.just("reclaim"), st.lists(st.tuples(USERS, SEATS), min_size=1, max_size=3)),
        st.tuples(st.just("resize"), SEATS),
        st.tuples(st.just("state"), st.sampled_from(EventState)),
        st.tuples(st.just("entry"), USERS),
    ),
    max_size=25,
)


def without_time(result: Any) -> Any:
    """Replace the request time of a result: the gates have different clocks."""
    if isinstance(result, Outcome) and result.entry:
        return result._replace(entry=replace(result.entry, request_time=NOW))
    if isinstance(result, EntryStatus):
        return replace(result, entry=replace(result.entry, request_time=NOW))
    return result


def apply(gate: Gate | FakeGate, event: Event, step: tuple[Any, ...]) -> Any:
    match step:
        case "claim", user, attempt:
            return gate.claim(event.event_id, user, attempt)
        case "confirm", users:
            return gate.confirm(event.event_id, sorted(set(users)))
        case "reclaim", pairs:
            return gate.reclaim(
                [Entry(event.event_id, user, seat, NOW, 0, f"old-{user}") for user, seat in pairs]
            ).owned
        case "entry", user:
            return gate.entry(event.event_id, user)
        case "resize", capacity:
            return configure(gate, replace(rules(gate, event), capacity=capacity))
        case "state", state:
            return configure(gate, replace(rules(gate, event), state=state))
    raise AssertionError(step)


def rules(gate: Gate | FakeGate, event: Event) -> Event:
    facts = gate.facts(event.event_id)
    assert facts is not None
    return facts.event


def configure(gate: Gate | FakeGate, event: Event) -> bool:
    try:
        gate.configure(event)
    except ConflictError:
        return False
    return True


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_the_real_gate_returns_what_the_fake_returns(real_gate: Gate, steps: list[tuple[Any, ...]]) -> None:
    model, event = FakeGate(), Event(new_id(), "An event", 3)
    for gate in (model, real_gate):
        assert gate.create(event)
        gate.replace_registry([event.event_id])
    for step in steps:
        assert without_time(apply(real_gate, event, step)) == without_time(apply(model, event, step)), step
        facts, expected = real_gate.facts(event.event_id), model.facts(event.event_id)
        assert facts is not None
        assert expected is not None
        assert replace(facts, server_time=expected.server_time) == expected
