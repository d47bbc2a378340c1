"""The whole application as processes on a stack, and one scenario after another in it."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from admin import dependencies
from admin.service import Admin
from eventrush.errors import EventrushError
from eventrush.models import Entry
from local import template
from local.event_source import EventSource
from local.front import Front
from local.schedule import Scheduler
from tests.chaos.answers import Heard
from tests.chaos.checker import Row

# How long an entry may be pending before reconcile looks at it (seconds).
OVERDUE_S: Final = 2
_SETTINGS: Final = {"RECONCILE_OVERDUE_S": str(OVERDUE_S), "LOG_LEVEL": "WARNING"}
EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class System:
    """The processes; `admin` asks the servers by a way of its own, that no fault is on."""

    settings: Mapping[str, str]
    logs: Path
    front: Front
    source: EventSource
    admin: Admin

    def entries(self, event_id: str) -> list[Entry]:
        """Give what is recorded."""
        return [entry for some in self.admin.ledger.seats.entries(event_id) for entry in some]

    def rows(self, event_id: str) -> list[Row]:
        """Give who is recorded with which seat."""
        return [Row(entry.seat_no, entry.user_id) for entry in self.entries(event_id)]

    def await_settled(self, event_id: str, promised: set[Row], patience_s: float) -> None:
        """Return when every promise is recorded and the books balance, or when that takes too long."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and not self._is_settled(event_id, promised):
            time.sleep(0.1)

    def _is_settled(self, event_id: str, promised: set[Row]) -> bool:
        try:
            facts = self.admin.gate.facts(event_id)
            if facts is None or facts.pending:
                return False
            report = self.admin.report(event_id)
            return report.sound and report.pending == 0 and promised <= set(self.rows(event_id))
        except EventrushError:
            return False


def promises(heard: list[Heard]) -> set[Row]:
    """Give every seat that was promised."""
    return {Row(one.seat_no or 0, one.user_id) for one in heard if one.won}


@contextmanager
def running(
    environ: Mapping[str, str],
    logs: Path,
    *,
    admin_environ: Mapping[str, str] | None = None,
    join: str | None = None,
    workers: int = 2,
) -> Iterator[System]:
    """Run API, event source and reconcile on these servers as long as the block; `join` is another handler."""
    settings = {**environ, **_SETTINGS}
    admin = dependencies.connect(admin_environ or environ)
    admin.migrate()
    found = template.load()
    api = replace(found.api(), handler=join) if join else found.api()
    with ExitStack() as parts:
        front = parts.enter_context(Front(api, settings=settings, workers=workers, log=logs / "front.log"))
        source = parts.enter_context(EventSource(found.consumer(), settings=settings, log=logs / "source.log"))
        for function in found.scheduled():
            log = logs / f"{function.name}.log"
            parts.enter_context(Scheduler(function, settings=settings, every_s=EVERY_S, log=log))
        yield System(settings, logs, front, source, admin)
