"""The ledger's rules are the gate's, and what ended long ago is forgotten without being reopened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from admin.service import Admin
from eventrush.errors import LedgerError
from eventrush.gate import codec
from eventrush.ledger.ledger import Ledger
from eventrush.models import EventState, Verdict
from reconcile.repair import repair_gates
from tests.integration.reconcile.conftest import World


def test_different_rules_are_set_to_the_ledger_s(world: World) -> None:
    event = world.new_event(capacity=1)
    changed = replace(event, capacity=2, name="renamed", state=EventState.PAUSED)
    world.deps.ledger.update_event(changed)
    world.reconcile()
    facts = world.deps.gate.facts(event.event_id)
    assert facts is not None
    assert facts.event == changed
    assert world.claim(event, "a").verdict is Verdict.PAUSED


def test_an_event_that_only_the_ledger_has_is_created_in_the_gate(world: World) -> None:
    """Its creation died half-way."""
    event = replace(world.new_event(), event_id="half-made")
    world.deps.ledger.add_event(event)
    world.reconcile()
    assert world.claim(event, "a").verdict is Verdict.SUCCESS


def test_keys_expire_after_the_retention_period(world: World) -> None:
    ended = world.new_event(closes_at=datetime.now(UTC) - timedelta(days=29))
    running, endless = world.new_event(closes_at=datetime.now(UTC) + timedelta(days=1)), world.new_event()
    world.reconcile()
    lives = [world.raw.ttl(codec.event_keys(event.event_id).rules) for event in (ended, running, endless)]
    assert 0 < lives[0] <= timedelta(days=1).total_seconds()
    assert lives[1:] == [-1, -1]


def test_a_retired_event_stays_closed(world: World) -> None:
    event = world.new_event(closes_at=datetime.now(UTC) - timedelta(days=31))
    world.lose()
    assert event.event_id not in world.reconcile()
    assert world.claim(event, "late").verdict is Verdict.CLOSED
    assert world.raw.exists(codec.event_keys(event.event_id).rules) == 0


def test_a_change_after_the_pass_read_the_ledger_is_kept(world: World) -> None:
    event = world.new_event(capacity=10)
    admin = Admin(world.deps.gate, world.deps.ledger)
    admin.resize(event.event_id, 5)
    repair_gates(world.deps, [event])
    facts = world.deps.gate.facts(event.event_id)
    assert facts is not None
    assert facts.event.capacity == 5


def test_rules_that_the_gate_refuses_do_not_block_other_events(world: World) -> None:
    """A ledger that was set back to before a resize."""
    event, other = world.new_event(capacity=2), world.new_event()
    world.won(event, "a", "b")
    world.won(other, "c")
    world.age(other)
    world.deps.ledger.update_event(replace(event, capacity=1))
    assert world.reconcile()[other.event_id].redelivered.republished == 1


def test_the_expiry_of_a_reopened_event_is_removed(world: World) -> None:
    """A pass that had read the ledger before it was reopened set a time again."""
    event = world.new_event()
    world.deps.gate.set_expiry({event.event_id: datetime.now(UTC) + timedelta(days=1)})
    world.reconcile()
    assert world.raw.ttl(codec.event_keys(event.event_id).rules) == -1


def test_a_change_of_rules_in_progress_does_not_block_other_events(world: World) -> None:
    impatient = replace(world, deps=replace(world.deps, ledger=Ledger(world.deps.ledger.database, rules_wait_s=0)))
    event, other = world.new_event(), world.new_event()
    world.won(other, "a")
    world.age(other)
    world.deps.ledger.update_event(replace(event, name="renamed"))
    with (
        world.another_ledger() as second,
        second.rules_lock(),
        pytest.raises(LedgerError, match=r"^Another change"),
    ):
        impatient.reconcile()
    assert len(world.published()) == 1
