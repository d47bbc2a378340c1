"""The gate's rules are set to the ledger's, and retired events are neither kept nor reopened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from admin.service import Admin
from eventrush.errors import LedgerError
from eventrush.gate import codec
from eventrush.ledger.ledger import Ledger
from eventrush.models import EventState, Verdict
from reconcile.progress import Failures
from reconcile.repair import repair_gates
from tests.integration.reconcile.conftest import Environment


def test_different_rules_are_set_to_the_ledger_s(env: Environment) -> None:
    event = env.new_event(capacity=1)
    changed = replace(event, capacity=2, name="renamed", state=EventState.PAUSED)
    env.deps.ledger.update_event(changed)
    env.reconcile()
    facts = env.facts(event)
    assert facts.event == changed
    assert env.claim(event, "a").verdict is Verdict.PAUSED


def test_an_event_that_only_the_ledger_has_is_created_in_the_gate(env: Environment) -> None:
    """As after an interrupted creation."""
    event = replace(env.new_event(), event_id="ledger-only")
    env.deps.ledger.add_event(event)
    env.reconcile()
    assert env.claim(event, "a").verdict is Verdict.SUCCESS


def test_keys_expire_after_the_retention_period(env: Environment) -> None:
    ended = env.new_event(closes_at=datetime.now(UTC) - timedelta(days=29))
    running, endless = env.new_event(closes_at=datetime.now(UTC) + timedelta(days=1)), env.new_event()
    env.reconcile()
    ttls = [env.raw.ttl(codec.event_keys(event.event_id).rules) for event in (ended, running, endless)]
    assert 0 < ttls[0] <= timedelta(days=1).total_seconds()
    assert ttls[1:] == [-1, -1]


def test_a_retired_event_stays_closed(env: Environment) -> None:
    event = env.new_event(closes_at=datetime.now(UTC) - timedelta(days=31))
    env.empty_gate()
    assert event.event_id not in env.reconcile()
    assert env.claim(event, "late").verdict is Verdict.CLOSED
    assert env.raw.exists(codec.event_keys(event.event_id).rules) == 0


def test_a_change_after_the_pass_read_the_ledger_is_kept(env: Environment) -> None:
    event = env.new_event(capacity=10)
    admin = Admin(env.deps.gate, env.deps.ledger)
    admin.resize(event.event_id, 5)
    repair_gates(env.deps, [event], {}, Failures(env.deps.gate, env.deps.ledger))
    facts = env.facts(event)
    assert facts.event.capacity == 5


def test_rules_that_the_gate_refuses_do_not_block_other_events(env: Environment) -> None:
    """As after the ledger was restored from a backup older than a resize."""
    event, other = env.new_event(capacity=2), env.new_event()
    env.winners(event, "a", "b")
    env.winners(other, "c")
    env.age(other)
    env.deps.ledger.update_event(replace(event, capacity=1))
    assert env.reconcile()[other.event_id].redelivered.republished == 1


def test_an_expiry_that_is_right_is_not_set_again(env: Environment) -> None:
    env.new_event()
    env.new_event(closes_at=datetime.now(UTC) + timedelta(days=1))
    ended = env.new_event(closes_at=datetime.now(UTC) - timedelta(days=1))

    def changed_by_a_pass() -> tuple[int, int]:
        env.raw.config_resetstat()
        env.reconcile()
        stats: dict[str, dict[str, int]] = env.raw.info("commandstats")
        expired, persisted = (stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("pexpireat", "persist"))
        return expired, persisted - 1  # the registry's own

    assert changed_by_a_pass() == (len(codec.event_keys(ended.event_id)), 0)
    assert changed_by_a_pass() == (0, 0)


def test_a_key_that_came_after_the_expiry_was_set_expires_too(env: Environment) -> None:
    ended = env.new_event(closes_at=datetime.now(UTC) - timedelta(days=1))
    env.reconcile()
    free = codec.event_keys(ended.event_id).free
    env.raw.rpush(free, 1)
    env.reconcile()
    assert env.raw.ttl(free) > 0


def test_the_expiry_of_a_reopened_event_is_removed(env: Environment) -> None:
    """A pass that read the ledger before the event was reopened may have set its expiry again."""
    event = env.new_event()
    env.deps.gate.set_expiry({event.event_id: datetime.now(UTC) + timedelta(days=1)})
    env.reconcile()
    assert env.raw.ttl(codec.event_keys(event.event_id).rules) == -1


def test_a_change_of_rules_in_progress_does_not_block_other_events(env: Environment) -> None:
    not_waiting = env.with_deps(ledger=Ledger(env.deps.ledger.database, rules_wait_s=0))
    event, other = env.new_event(), env.new_event()
    env.winners(other, "a")
    env.age(other)
    env.deps.ledger.update_event(replace(event, name="renamed"))
    with (
        env.second_ledger() as second,
        second.rules_lock(),
        pytest.raises(LedgerError, match=r"^Another change"),
    ):
        not_waiting.reconcile()
    assert len(env.uncommitted_records()) == 1
