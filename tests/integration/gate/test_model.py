"""Whatever is asked in whatever order, the real gate answers as the model in memory does."""

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventrush.errors import ConflictError
from eventrush.gate.gate import Gate
from eventrush.models import Entry, Event, EventState, Outcome
from tests.deliveries import NOW
from tests.fakes.gate import FakeGate
from tests.integration.conftest import new_id

USERS, ATTEMPTS, SEATS = st.sampled_from("abcdef"), st.sampled_from("12"), st.integers(1, 6)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), USERS, ATTEMPTS),
        st.tuples(st.just("confirm"), st.lists(USERS, max_size=3)),
        st.tuples(st.just("adopt"), st.lists(st.tuples(USERS, SEATS), min_size=1, max_size=3)),
        st.tuples(st.just("resize"), SEATS),
        st.tuples(st.just("state"), st.sampled_from(EventState)),
        st.tuples(st.just("entry"), USERS),
    ),
    max_size=25,
)


def timeless(answer: Any) -> Any:
    """Leave the clock out of an answer: only one of the two gates has the server's."""
    if isinstance(answer, Outcome) and answer.entry:
        return replace(answer, entry=replace(answer.entry, request_time=NOW))
    if hasattr(answer, "entry"):
        return replace(answer, entry=replace(answer.entry, request_time=NOW)) if answer.entry else answer
    return answer


def take(gate: Gate | FakeGate, event: Event, step: tuple[Any, ...]) -> Any:
    match step:
        case "claim", user, attempt:
            return gate.claim(event.event_id, user, attempt)
        case "confirm", users:
            return gate.confirm(event.event_id, sorted(set(users)))
        case "adopt", pairs:
            return gate.reclaim([Entry(event.event_id, user, seat, NOW, 0, f"old-{user}") for user, seat in pairs])
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
        assert timeless(take(real_gate, event, step)) == timeless(take(model, event, step)), step
        facts, expected = real_gate.facts(event.event_id), model.facts(event.event_id)
        assert facts is not None
        assert expected is not None
        assert replace(facts, server_time=expected.server_time) == expected
