import importlib
import sys
from types import ModuleType

import pytest

import join.dependencies


@pytest.fixture
def deps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count how often the dependencies are made; the entry point is imported anew by each test."""
    made: list[str] = []
    monkeypatch.setattr(join.dependencies, "dependencies", lambda: made.append("made"))
    monkeypatch.delitem(sys.modules, "join.entrypoint", raising=False)
    return made


def test_an_environment_is_wired_before_its_first_request(deps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    importlib.import_module("join.entrypoint")
    assert deps == ["made"]


def test_a_snapshot_is_taken_without_connections(deps: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    hooks: list[object] = []
    runtime = ModuleType("snapshot_restore_py")
    runtime.register_after_restore = hooks.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    importlib.import_module("join.entrypoint")
    assert deps == []
    [after_restore] = hooks
    after_restore()  # type: ignore[operator]
    assert deps == ["made"]
