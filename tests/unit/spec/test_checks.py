"""Configurations of TLC, and the checks of the protocol."""

from pathlib import Path

from spec.checks import LARGE, MAIN, MUTANTS, PROTOCOL, Check, Model, configuration, mutant

MODEL = Model(Path("Tiny.tla"), {"Limit": 3, "Strict": True}, ("Bounded", "Positive"), ("AddsOne",), symmetry="Sym")


def test_a_bound_checks_every_guarantee() -> None:
    assert configuration(MODEL, Check("larger", {"Limit": 5})).splitlines() == [
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
    config = configuration(MODEL, mutant("adds two", "AddsOne", "no limit"))
    assert '  Faults = {"adds two", "no limit"}' in config
    assert "PROPERTIES AddsOne" in config
    assert "INVARIANTS" not in config


def test_checks_have_distinct_names_and_each_guarantee_has_a_mutant_that_breaks_it() -> None:
    checks = [*MAIN, *MUTANTS, *LARGE]
    assert len({check.name for check in checks}) == len(checks)
    assert len(MUTANTS) >= 12
    assert {check.breaks for check in MUTANTS} == {*PROTOCOL.invariants, *PROTOCOL.properties}


def test_faults_and_guarantees_are_the_models() -> None:
    text = PROTOCOL.path.read_text()
    for fault in {fault for check in MUTANTS for fault in check.faults}:
        assert f'Fault("{fault}")' in text
    for name in (*PROTOCOL.invariants, *PROTOCOL.properties):
        assert f"\n{name} ==" in text


def test_every_fault_of_the_model_has_a_mutant() -> None:
    tried = {fault for check in MUTANTS for fault in check.faults}
    named = PROTOCOL.path.read_text().split('Fault("')[1:]
    assert {part.partition('"')[0] for part in named} == tried


def test_the_page_names_each_guarantee_bound_and_mutant() -> None:
    page = (PROTOCOL.path.parents[1] / "docs" / "protocol.md").read_text()
    for name in (*PROTOCOL.invariants, *PROTOCOL.properties):
        assert f"| `{name}` |" in page
    for check in MAIN:
        assert f"| {check.name} |" in page
    for check in MUTANTS:
        assert f"**{check.faults[0]}**" in page
