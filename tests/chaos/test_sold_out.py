"""A change of the rules or a rebuild, in a crowd that is told from memory that all seats are taken."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from admin import dependencies
from admin.service import Admin
from cli.contract import Reply
from cli.environment import environment
from eventrush.gate.gate import Gate
from eventrush.gate.remembered import LEASE_S, LEASE_WAIT_S
from eventrush.models import Event
from eventrush.settings import GateSettings
from local.servers import Stack
from tests.chaos.conftest import Record
from tests.chaos.results import Result
from tests.chaos.rush import run_scenario
from tests.chaos.system import System, running

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

_WORKERS: Final = 3
_CAPACITY: Final = 200
_ADDED: Final = 300
_ATTEMPTS: Final = 4000
_USER_SHARE: Final = 0.25  # each user comes four times
_PAUSE_S: Final = 3.0


@pytest.fixture(scope="module")
def system(disposable_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(environment(disposable_stack), tmp_path_factory.mktemp("system"), workers=_WORKERS) as system:
        yield system


@dataclass
class Crowd:
    """A crowd of a thousand users, a fifth of whom have won early, and come again like all others."""

    system: System
    told: list[Reply] = field(default_factory=list)

    def rush(self, name: str, fault: Callable[[], None], patience_s: float = 60) -> Result:
        """Make the fault happen when no seat is left."""

        def sold_out() -> None:
            facts = self.system.admin.gate.facts(self.event.event_id)
            assert facts is not None
            assert facts.remaining == 0
            fault()

        return run_scenario(
            name,
            self.system,
            sold_out,
            attempts=_ATTEMPTS,
            user_share=_USER_SHARE,
            rules=self._small,
            told=self.told,
            patience_s=patience_s,
        )

    def _small(self, event: Event) -> Event:
        self.event = replace(event, capacity=_CAPACITY)
        return self.event

    def resize(self, admin: Admin) -> None:
        """Add seats."""
        admin.resize(self.event.event_id, _CAPACITY + _ADDED)

    def told_others(self, sent_after: float, answered_before: float) -> set[str]:
        """Return what those without a seat were told between two moments."""
        winners = {reply.user_id for reply in self.told if reply.won}
        asked = [one for one in self.told if one.sent_at > sent_after and one.answered_at < answered_before]
        return {one.result for one in asked if one.user_id not in winners}


@pytest.fixture
def crowd(system: System) -> Crowd:
    return Crowd(system)


def test_seats_are_added(crowd: Crowd, record: Record) -> None:
    """Who comes after the change may win, and nobody else who was told that all seats are taken."""
    result = crowd.rush("resized when sold out", lambda: crowd.resize(crowd.system.admin))
    record(result)
    assert result.success == _CAPACITY + _ADDED
    assert len(result.excused) >= _ADDED  # they were told before that all seats are taken, or came after such a user


def test_the_event_is_paused_and_resumed(crowd: Crowd, record: Record) -> None:
    """Everyone is told PAUSED once the leases are over, and that all seats are taken once the event is open again."""
    paused_at = resumed_at = 0.0

    def pause() -> None:
        nonlocal paused_at, resumed_at
        crowd.system.admin.pause(crowd.event.event_id)
        paused_at = time.monotonic()
        time.sleep(_PAUSE_S)
        resumed_at = time.monotonic()
        crowd.system.admin.resume(crowd.event.event_id)

    result = crowd.rush("paused when sold out", pause)
    record(result)
    assert result.success == _CAPACITY
    assert crowd.told_others(0, paused_at) >= {"LIMIT_EXCEEDED"}
    assert crowd.told_others(paused_at + LEASE_S, resumed_at + LEASE_WAIT_S) == {"PAUSED"}
    assert crowd.told_others(resumed_at + 2 * LEASE_WAIT_S, time.monotonic()) == {"LIMIT_EXCEEDED"}


def test_an_operator_rebuilds_the_gate(crowd: Crowd, record: Record) -> None:
    """It is lost meanwhile, and has the same winners afterwards."""
    operator = dependencies.connect(crowd.system.direct)
    epochs: list[int] = []

    def rebuild() -> None:
        rebuilt = operator.admin.rebuild(crowd.event.event_id, operator.reader, operator.retention)
        epochs.append(rebuilt.event.epoch)

    result = crowd.rush("rebuilt when sold out", rebuild)
    record(result)
    assert result.success == _CAPACITY
    assert epochs == [crowd.event.epoch + 1]
    assert "GATE_LOST" in {reply.result for reply in crowd.told}


# What the judge must report


def test_a_change_that_waits_for_no_lease_is_out_of_order(crowd: Crowd) -> None:
    gate = Gate.connect(GateSettings.from_env(crowd.system.direct), lease_wait_s=0)
    hasty = replace(crowd.system.admin, gate=gate)
    result = crowd.rush("no wait for leases", lambda: crowd.resize(hasty))
    gate.close()
    assert result.inversions, result
    assert result.lost == result.oversold == result.doubled == result.false_duplicates == 0, result


def test_winners_who_are_answered_from_memory_are_denied(disposable_stack: Stack, tmp_path: Path) -> None:
    with running(environment(disposable_stack), tmp_path, join="tests.chaos.mutants.strangers_handler") as system:
        result = Crowd(system).rush("winners are strangers", lambda: None, patience_s=8)
    assert result.false_duplicates > _CAPACITY / 2, result
