"""Checks of a tiny model by TLC: what holds, what is violated, what survives, and what cannot be run."""

import asyncio
import os
import shutil
from io import StringIO
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from spec.checks import Model
from spec.session import Outcome, report, run_checks
from spec.tlc import SpecError, Tlc, find_tlc
from spec.tlc_output import Result

LOCAL = Path(__file__).parents[3] / ".local"
TINY = Model(Path(__file__).with_name("Tiny.tla"), {"Limit": 3}, ("Bounded",), ("AddsOne",))


@pytest.fixture(scope="module")
def tlc() -> Tlc:
    """Find TLC; where Java or Maven is missing, its tests are skipped on a laptop and fail in CI."""
    try:
        return asyncio.run(find_tlc(LOCAL))
    except SpecError as exc:
        if os.environ.get("CI"):
            pytest.fail(str(exc))
        pytest.skip(str(exc))


def quiet() -> Console:
    return Console(file=StringIO(), width=100)


def printed(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_bound_that_holds_and_a_mutant_that_is_refuted_pass(tlc: Tlc) -> None:
    console = quiet()
    checks = [TINY.bound("three"), TINY.mutant("adds two", "AddsOne")]
    outcomes = asyncio.run(run_checks(tlc, checks, console))
    assert [outcome.result.violated for outcome in outcomes] == [None, "AddsOne"]
    assert outcomes[0].result.complete
    assert (outcomes[0].result.distinct, outcomes[0].result.depth) == (4, 4)
    assert report(outcomes, console)
    assert printed(console).splitlines()[-1] == "2 passed, 0 failed"


def test_a_violation_and_a_surviving_mutant_fail_with_the_steps(tlc: Tlc) -> None:
    console = quiet()
    checks = [TINY.bound("even", {"Limit": 3}, faults=("adds two",)), TINY.mutant("subtracts", "Bounded")]
    outcomes = asyncio.run(run_checks(tlc, checks, console))
    assert [outcome.passed for outcome in outcomes] == [False, False]
    assert outcomes[1].verdict == "survives: Bounded holds"
    assert not report(outcomes, console)
    assert "1. Add: count = 2" in printed(console)
    assert printed(console).splitlines()[-1] == "0 passed, 2 failed"


def test_a_model_that_does_not_parse_is_one_sentence(tlc: Tlc, tmp_path: Path) -> None:
    broken = tmp_path / "Tiny.tla"
    broken.write_text(TINY.path.read_text().replace("count <= Limit", "cuont <= Limit"))
    model = Model(broken, TINY.constants, TINY.invariants)
    with pytest.raises(SpecError, match=r"^The model does not parse: line 9, .*Unknown operator: `cuont'\.$"):
        asyncio.run(run_checks(tlc, [model.bound("three")], quiet()))
    broken.write_text(TINY.path.read_text().replace("Init == count", "Init == == count"))
    with pytest.raises(SpecError, match=r"^The model does not parse: Was expecting .* line 6"):
        asyncio.run(run_checks(tlc, [model.bound("three")], quiet()))


def test_a_check_that_takes_too_long_is_stopped_and_reported(tlc: Tlc) -> None:
    endless = TINY.bound("endless", {"Limit": 2_000_000_000})
    (outcome,) = asyncio.run(run_checks(tlc, [endless], quiet(), stop_after_s=2))
    assert outcome.passed
    assert outcome.verdict == "no violation so far"


def test_tlc_ends_when_its_check_is_cancelled(tlc: Tlc) -> None:
    before = children()  # servers of other tests

    async def cancel() -> None:
        counted = asyncio.Event()
        endless = TINY.bound("endless", {"Limit": 2_000_000_000})
        task = asyncio.create_task(tlc.check(endless, lambda _: counted.set()))
        await counted.wait()
        assert children() - before
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not children() - before

    asyncio.run(cancel())


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


def test_java_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpecError, match=r"^Java is needed"):
        asyncio.run(find_tlc(tmp_path))


def test_maven_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    executable(tmp_path / "java")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpecError, match=r"^Maven is needed"):
        asyncio.run(find_tlc(tmp_path / "local"))


def test_what_maven_says_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    executable(tmp_path / "java")
    executable(tmp_path / "mvn", "echo '[ERROR] no such artifact'\nexit 1")
    for name in ("nice", "sh"):
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpecError, match=r"^Maven could not get TLC's jar: no such artifact$"):
        asyncio.run(find_tlc(tmp_path / "local"))


def executable(path: Path, script: str = "") -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_another_guarantee_than_the_expected_one_is_no_pass() -> None:
    outcome = Outcome(TINY.mutant("adds two", "AddsOne"), Result(violated="Bounded"), 1.0)
    assert not outcome.passed
