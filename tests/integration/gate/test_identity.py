"""A lost gate refuses claims, and is distinguished from an event that never existed."""

from collections.abc import Iterator

import pytest
import redis

from cli.environment import environment
from eventrush.errors import GateLostError
from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.models import Event, Verdict
from local.servers import Stack
from tests.deliveries import an_entry
from tests.integration.conftest import Events, connected, new_id


@pytest.fixture
def event(gate_event: Events) -> Event:
    return gate_event()


def verdict(gate: Gate, event: Event, user_id: str = "w") -> Verdict:
    return gate.claim(event.event_id, user_id, "a").verdict


def test_rules_written_on_another_server_are_lost(real_gate: Gate, raw: redis.Redis, event: Event) -> None:
    """As after a restart from a file, or a failover to a replica."""
    assert verdict(real_gate, event, "before") is Verdict.SUCCESS
    raw.hset(codec.event_keys(event.event_id).rules, "runId", "0" * 40)
    assert verdict(real_gate, event) is Verdict.GATE_LOST
    assert verdict(real_gate, event, "before") is Verdict.GATE_LOST, "a winner's retry too"
    with pytest.raises(GateLostError):
        real_gate.facts(event.event_id)
    with pytest.raises(GateLostError):
        real_gate.entry(event.event_id, "before")
    with pytest.raises(GateLostError):
        real_gate.configure(event)


def test_deleted_rules_are_lost_not_unknown(real_gate: Gate, raw: redis.Redis, event: Event) -> None:
    raw.delete(*codec.event_keys(event.event_id))
    assert verdict(real_gate, event) is Verdict.GATE_LOST
    with pytest.raises(GateLostError):
        real_gate.facts(event.event_id)
    assert raw.exists(*codec.event_keys(event.event_id)) == 0, "refusing writes nothing"


def test_without_a_registry_every_event_is_lost(real_gate: Gate, raw: redis.Redis, event: Event) -> None:
    """A server restarted empty must not report events as unknown."""
    raw.delete(codec.REGISTRY_KEY, *codec.event_keys(event.event_id))
    assert verdict(real_gate, event) is Verdict.GATE_LOST
    assert real_gate.claim(new_id(), "w", "a").verdict is Verdict.GATE_LOST


def test_with_a_registry_of_another_server_every_event_is_lost(real_gate: Gate, raw: redis.Redis) -> None:
    raw.hset(codec.REGISTRY_KEY, "-run-id", "0" * 40)
    assert real_gate.claim(new_id(), "w", "a").verdict is Verdict.GATE_LOST


def test_an_event_that_never_existed_is_unknown(real_gate: Gate, event: Event) -> None:
    assert event.event_id
    assert real_gate.claim(new_id(), "w", "a").verdict is Verdict.UNKNOWN_EVENT


def test_a_retired_event_is_closed(real_gate: Gate) -> None:
    event_id = new_id()
    real_gate.replace_registry([], retired=[event_id])
    assert real_gate.claim(event_id, "w", "a").verdict is Verdict.CLOSED
    assert real_gate.facts(event_id) is None


def test_entries_of_a_retired_event_are_left_to_the_ledger(real_gate: Gate) -> None:
    event_id = new_id()
    real_gate.replace_registry([], retired=[event_id])
    assert real_gate.reclaim([an_entry(event_id, 1), an_entry(event_id, 1)]).owned == [True, True]


def test_adding_to_the_registry_keeps_retired_events(real_gate: Gate) -> None:
    retired, fresh = new_id(), new_id()
    real_gate.replace_registry([], retired=[retired])
    real_gate.add_to_registry([retired, fresh])
    assert real_gate.claim(retired, "w", "a").verdict is Verdict.CLOSED
    assert real_gate.claim(fresh, "w", "a").verdict is Verdict.GATE_LOST


def test_adding_replaces_a_registry_of_another_server(real_gate: Gate, raw: redis.Redis) -> None:
    raw.hset(codec.REGISTRY_KEY, mapping={"-run-id": "0" * 40, "older": "retired"})
    known = new_id()
    real_gate.add_to_registry([known])
    assert real_gate.claim(known, "w", "a").verdict is Verdict.GATE_LOST
    assert real_gate.claim("older", "w", "a").verdict is Verdict.UNKNOWN_EVENT


def test_a_restarted_server_is_another_server(stack: Stack, real_gate: Gate, event: Event) -> None:
    """The same Gate, its connections broken by the restart, reads the rules restored from the file."""
    assert verdict(real_gate, event) is Verdict.SUCCESS
    stack.services["redis"].kill()
    stack.services["redis"].start()
    assert verdict(real_gate, event) is Verdict.GATE_LOST
    assert verdict(real_gate, event, "another") is Verdict.GATE_LOST


@pytest.fixture
def blank_gate(stack: Stack) -> Iterator[Gate]:
    """Yield a gate behind a proxy that hides run ids."""
    with connected(environment(stack) | {"GATE_IDENTITY": "blank"}) as gate:
        yield gate


def test_without_run_ids_a_gate_without_rules_is_lost(blank_gate: Gate, raw: redis.Redis) -> None:
    event = Event(new_id(), "An event", 10)
    assert blank_gate.create(event)
    blank_gate.replace_registry([event.event_id])
    assert verdict(blank_gate, event) is Verdict.SUCCESS
    raw.delete(*codec.event_keys(event.event_id))
    assert verdict(blank_gate, event) is Verdict.GATE_LOST
    assert blank_gate.claim(new_id(), "w", "a").verdict is Verdict.UNKNOWN_EVENT


def test_changing_the_identity_setting_loses_the_gate(real_gate: Gate, blank_gate: Gate, event: Event) -> None:
    """The change needs a rebuild, rather than being ignored."""
    assert verdict(real_gate, event) is Verdict.SUCCESS
    assert verdict(blank_gate, event) is Verdict.GATE_LOST
