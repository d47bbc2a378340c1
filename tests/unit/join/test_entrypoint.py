"""The entry point connects at import, or after a snapshot is restored."""

import importlib
import os
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from eventrush.errors import SettingsError
from join.dependencies import dependencies

INITIALIZATION_TYPE = "AWS_LAMBDA_INITIALIZATION_TYPE"


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Remove every setting, so that connecting raises `SettingsError`."""
    for name in list(os.environ):
        if name.startswith(("REDIS_", "KAFKA_", "GATE_")):
            monkeypatch.delenv(name)
    monkeypatch.delitem(sys.modules, "join.entrypoint", raising=False)
    dependencies.cache_clear()
    yield
    sys.modules.pop("join.entrypoint", None)


def test_the_entrypoint_connects_at_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INITIALIZATION_TYPE, "on-demand")
    with pytest.raises(SettingsError):
        importlib.import_module("join.entrypoint")


def test_with_snap_start_the_entrypoint_connects_after_restore(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks: list[object] = []
    runtime = ModuleType("snapshot_restore_py")
    runtime.register_after_restore = hooks.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    monkeypatch.setenv(INITIALIZATION_TYPE, "snap-start")
    importlib.import_module("join.entrypoint")
    [after_restore] = hooks
    with pytest.raises(SettingsError):
        after_restore()  # type: ignore[operator]
