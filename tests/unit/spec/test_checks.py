"""Configurations of TLC, and the checks of the two models."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from spec import eventrush, lease
from spec.checks import Check, Model, configuration

TINY = Model(Path("Tiny.tla"), {"Limit": 3, "Strict": True}, ("Bounded", "Positive"), ("AddsOne",), symmetry="Sym")


@dataclass(frozen=True)
class Checks:
    """A model and all its checks."""

    model: Model
    main: Sequence[Check]
    mutants: Sequence[Check]
    large: Sequence[Check]

    @property
    def guarantees(self) -> set[str]:
        """What the model guarantees."""
        return {*self.model.invariants, *self.model.properties}


PROTOCOL = Checks(eventrush.PROTOCOL, eventrush.MAIN, eventrush.MUTANTS, eventrush.LARGE)
LEASE = Checks(lease.LEASE, lease.MAIN, lease.MUTANTS, lease.LARGE)
each_model = pytest.mark.parametrize("checks", [PROTOCOL, LEASE], ids=lambda checks: checks.model.name)


def test_a_bound_checks_every_guarantee() -> None:
    assert configuration(TINY.bound("larger", {"Limit": 5})).splitlines() == [
        "SPECIFICATION Spec",
        "CHECK_DEADLOCK FALSE",
        "CONSTANTS",
        "  Limit = 5",
        "  Strict = TRUE",
        "  Faults = {}",
        "INVARIANTS Bounded Positive",
        "PROPERTIES AddsOne",
        "SYMMETRY Sym",
    ]


def test_a_mutant_is_checked_for_the_guarantee_that_it_breaks() -> None:
    config = configuration(TINY.mutant("adds two", "AddsOne", "no limit"))
    assert '  Faults = {"adds two", "no limit"}' in config
    assert "PROPERTIES AddsOne" in config
    assert "INVARIANTS" not in config


def test_checks_have_distinct_names() -> None:
    names = [check.name for checks in (PROTOCOL, LEASE) for check in (*checks.main, *checks.mutants, *checks.large)]
    assert len(set(names)) == len(names)


@each_model
def test_each_guarantee_has_a_mutant_that_breaks_it(checks: Checks) -> None:
    assert len(checks.mutants) >= 12
    assert {check.breaks for check in checks.mutants} == checks.guarantees


@each_model
def test_faults_and_guarantees_are_the_models(checks: Checks) -> None:
    text = checks.model.path.read_text()
    for fault in {fault for check in checks.mutants for fault in check.faults}:
        assert f'Fault("{fault}")' in text
    for name in checks.guarantees:
        assert f"\n{name} ==" in text


@each_model
def test_every_fault_of_a_model_has_a_mutant(checks: Checks) -> None:
    tried = {fault for check in checks.mutants for fault in check.faults}
    named = checks.model.path.read_text().split('Fault("')[1:]
    assert {part.partition('"')[0] for part in named} == tried


@each_model
def test_the_page_names_each_guarantee_bound_and_mutant(checks: Checks) -> None:
    page = (checks.model.path.parents[1] / "docs" / "protocol.md").read_text()
    for name in checks.guarantees:
        assert f"| `{name}` |" in page
    for check in checks.main:
        assert f"| {check.name} |" in page
    for check in checks.mutants:
        assert f"**{check.faults[0]}**" in page
