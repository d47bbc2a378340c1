"""What the measurements share: the figures they write into build/bench.json, and events of their own."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from admin import dependencies
from admin.service import Admin
from cli.environment import environment
from eventrush.models import Event
from local.servers import Stack

ROOT: Final = Path(__file__).parents[2]

Figures = dict[str, Any]


@pytest.fixture(scope="session")
def figures(stack: Stack) -> Iterator[Figures]:
    """Write what was measured into build/bench.json."""
    measured: Figures = {
        "measuredAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "stack": stack.kind,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    yield measured
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    (build / "bench.json").write_text(json.dumps(measured, indent=2) + "\n")


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Admin:
    connected = dependencies.connect(environment(stack)).admin
    connected.migrate()
    return connected


@pytest.fixture
def new_event(admin: Admin) -> Callable[[int], str]:
    """Return a function that creates an event of a capacity and returns its id."""

    def make(capacity: int) -> str:
        event_id = f"bench-{uuid4().hex[:8]}"
        return admin.create(Event(event_id, "A measurement", capacity)).event_id

    return make
