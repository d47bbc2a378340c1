"""What the measurements share: the figures they write, events of their own, k6."""

import json
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from admin import dependencies
from admin.service import Admin
from eventrush.models import Event
from local.servers import Stack
from tests.bench.k6 import K6, ROOT, Figures


@pytest.fixture(scope="session")
def figures(stack: Stack) -> Iterator[Figures]:
    """Collect what was measured into build/bench.json."""
    measured: Figures = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
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
    connected = dependencies.connect(stack.environ)
    connected.migrate()
    return connected


@pytest.fixture
def new_event(admin: Admin) -> Callable[[int], str]:
    """Make events: give a capacity, get an id."""

    def make(capacity: int) -> str:
        event_id = f"bench-{uuid4().hex[:8]}"
        return admin.create(Event(event_id, "A measurement", capacity)).event_id

    return make


@pytest.fixture(scope="session")
def k6(tmp_path_factory: pytest.TempPathFactory) -> K6:
    program = shutil.which("k6", path=f"{ROOT / '.local' / 'bin'}:{os.environ['PATH']}")
    if program is None:
        pytest.fail("k6 is not installed; `local/setup.sh k6` builds it.")
    return K6(program, tmp_path_factory.mktemp("k6"))
