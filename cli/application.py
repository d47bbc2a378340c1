"""The application on a stack: API front, Kafka event source and schedule, as the template has them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local import template
from local.event_source import EventSource
from local.front import Front
from local.schedule import Scheduler

# On AWS reconcile comes each minute and looks at what is half a minute old.
_OVERDUE_S = "5"


@contextmanager
def application(environ: Mapping[str, str], logs: Path, *, port: int = 0, workers: int = 2) -> Iterator[Front]:
    """Run it as long as the block; port 0 takes a free one. WorkersError when a part does not come up."""
    settings = {"RECONCILE_OVERDUE_S": _OVERDUE_S, **environ}
    found = template.load()
    with ExitStack() as parts:
        front = parts.enter_context(
            Front(found.api(), settings=settings, port=port, workers=workers, log=logs / "front.log")
        )
        parts.enter_context(EventSource(found.consumer(), settings=settings, log=logs / "event-source.log"))
        for function in found.scheduled():
            log = logs / f"{function.name}.log"
            parts.enter_context(Scheduler(function, settings=settings, log=log))
        yield front
