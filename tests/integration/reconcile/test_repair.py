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


def test_rules_that_differ_are_brought_in_line(world: World) -> None:
    event = world.new_event(capacity=1)
    changed = replace(event, capacity=2, name="renamed", state=EventState.PAUSED)
    world.deps.ledger.update_event(changed)
    world.reconcile()
    facts = world.deps.gate.facts(event.event_id)
    assert facts is not None
    assert facts.event == changed
    assert world.claim(event, "a").verdict is Verdict.PAUSED


def test_an_event_that_only_the_ledger_knows_is_opened_at_the_gate(world: World) -> None:
    """Its creation died half-way."""
    event = replace(world.new_event(), event_id="half-made")
    world.deps.ledger.add_event(event)
    world.reconcile()
    assert world.claim(event, "a").verdict is Verdict.SUCCESS


def test_what_ends_is_kept_for_its_retention(world: World) -> None:
    ended = world.new_event(closes_at=datetime.now(UTC) - timedelta(days=29))
    running, endless = world.new_event(closes_at=datetime.now(UTC) + timedelta(days=1)), world.new_event()
    world.reconcile()
    lives = [world.raw.ttl(codec.event_keys(event.event_id).rules) for event in (ended, running, endless)]
    assert 0 < lives[0] <= timedelta(days=1).total_seconds()
    assert lives[1:] == [-1, -1]


def test_what_ended_long_ago_stays_closed_though_the_gate_has_forgotten_it(world: World) -> None:
    event = world.new_event(closes_at=datetime.now(UTC) - timedelta(days=31))
    world.lose()
    assert event.event_id not in world.reconcile()
    assert world.claim(event, "late").verdict is Verdict.CLOSED
    assert world.raw.exists(codec.event_keys(event.event_id).rules) == 0


def test_a_change_that_a_pass_has_not_read_is_not_undone(world: World) -> None:
    event = world.new_event(capacity=10)
    admin = Admin(world.deps.gate, world.deps.ledger)
    admin.resize(event.event_id, 5)
    repair_gates(world.deps, [event])
    facts = world.deps.gate.facts(event.event_id)
    assert facts is not None
    assert facts.event.capacity == 5


def test_rules_that_the_gate_cannot_follow_hold_up_no_other_event(world: World) -> None:
    """A ledger that was set back to before a resize."""
    event, other = world.new_event(capacity=2), world.new_event()
    world.won(event, "a", "b")
    world.won(other, "c")
    world.age(other)
    world.deps.ledger.update_event(replace(event, capacity=1))
    assert world.reconcile()[other.event_id].redelivered.republished == 1


def test_what_was_to_be_forgotten_is_kept_when_it_is_open_again(world: World) -> None:
    """A pass that had read the ledger before it was reopened set a time again."""
    event = world.new_event()
    world.deps.gate.set_expiry({event.event_id: datetime.now(UTC) + timedelta(days=1)})
    world.reconcile()
    assert world.raw.ttl(codec.event_keys(event.event_id).rules) == -1


def test_rules_that_somebody_is_changing_hold_up_no_other_event(world: World) -> None:
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
