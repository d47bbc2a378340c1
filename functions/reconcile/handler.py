"""The handler that a schedule invokes: a pass over every event, then a short question every few seconds."""

import time
from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush.errors import EventrushError
from eventrush.metrics import COUNT
from reconcile import service
from reconcile.dependencies import Dependencies, dependencies
from reconcile.redelivery import Redelivered
from reconcile.service import CaughtUp, Pass, Reconciled

logger = Logger()

# The schedule invokes every minute. The last question is asked 55 s after the start, and no work starts later than
# this; only a rebuild may take longer.
INVOCATION_S: Final = 56.0
# Questions are not asked during an invocation if they would be this far apart (seconds).
_OFF_S: Final = 60.0
# How often a wait checks whether the invocation is to end (seconds): on one machine, processes are stopped.
_CHECK_S: Final = 0.25


def lambda_handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Reconcile for a minute."""
    ends_at = time.monotonic() + INVOCATION_S

    def time_left() -> bool:
        return time.monotonic() < ends_at and context.get_remaining_time_in_millis() > 0

    return Invocation(dependencies(), time_left).run()


def handle(deps: Dependencies, time_left: Callable[[], bool]) -> dict[str, Any]:
    """Make one pass; returns the figures of events with activity, or raises after logging them."""
    invocation = Invocation(deps, time_left)
    invocation.make_pass()
    return invocation.result()


class Invocation:
    """One invocation: a pass, then the question whether something cannot wait until the next invocation's pass.

    An error of one event or of one pass stops nothing; the invocation fails at its end, so that the alarm sees it.
    """

    def __init__(
        self,
        deps: Dependencies,
        time_left: Callable[[], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Take what a pass depends on, whether work may still start, a clock and a sleep (seconds)."""
        self._deps = deps
        self._time_left = time_left
        self._clock = clock
        self._sleep = sleep
        self._last: Pass | None = None  # None: the next question's answer is a pass
        self._failed: set[str] = set()
        self._failure: EventrushError | None = None

    def run(self) -> dict[str, Any]:
        """Make a pass, then ask every `RECONCILE_EVERY_S` seconds; returns the last pass's figures, or raises."""
        every_s = self._deps.settings.reconcile_every_s
        started_at = self._clock()
        self.make_pass()
        while every_s < _OFF_S and self._wait(started_at, every_s):
            self._ask()
        return self.result()

    def make_pass(self) -> None:
        """Reconcile every event, and report those with activity."""
        try:
            self._last = service.reconcile(self._deps, self._time_left)
        except EventrushError as exc:
            self._give_up(exc)
            return
        for event in self._last.events:
            if event.active:
                _report(event)
        self._note(self._last)

    def result(self) -> dict[str, Any]:
        """Return the figures of the last pass, or raise the first error of the invocation."""
        if self._failure:
            raise self._failure
        events = self._last.events if self._last else []
        return {"events": [event.figures() for event in events if event.active], "audited": len(events)}

    def _ask(self) -> None:
        """Ask what cannot wait, and do that."""
        if self._last is None:
            self.make_pass()
            return
        try:
            event_ids = service.due(self._deps, self._last, self._failed)
            if event_ids is None:
                self.make_pass()
            elif event_ids:
                caught_up = service.catch_up(self._deps, event_ids, self._time_left)
                for event_id, redelivered in caught_up.redelivered.items():
                    if redelivered.seen:
                        _report_redelivered(event_id, redelivered)
                self._note(caught_up)
        except EventrushError as exc:
            self._give_up(exc)

    def _wait(self, started_at: float, every_s: float) -> bool:
        """Wait for the next multiple of so many seconds since the start; returns whether there is time left then."""
        next_at = started_at + every_s * ((self._clock() - started_at) // every_s + 1)
        while self._time_left() and (wait_s := next_at - self._clock()) > 0:
            self._sleep(min(_CHECK_S, wait_s))
        return self._time_left()

    def _note(self, done: Pass | CaughtUp) -> None:
        self._failed = {*done.errors}
        self._failure = self._failure or next(iter(done.errors.values()), None)

    def _give_up(self, exc: EventrushError) -> None:
        logger.error("the pass ended early: %s", exc)
        self._last = None
        self._failure = self._failure or exc


def _report(reconciled: Reconciled) -> None:
    audit = reconciled.audit
    metrics = _metrics(reconciled.event_id, reconciled.redelivered)
    metrics.add_metric("Issued", COUNT, audit.issued)
    metrics.add_metric("RecordedEntries", COUNT, audit.recorded)
    metrics.add_metric("Pending", COUNT, audit.pending)
    metrics.add_metric("Parked", COUNT, audit.parked)
    metrics.add_metric("DeadLetters", COUNT, audit.dead)
    metrics.add_metric("MissingSeats", COUNT, audit.lost)
    metrics.flush_metrics()
    (logger.error if audit.lost else logger.info)("reconciled", extra=reconciled.figures())


def _report_redelivered(event_id: str, redelivered: Redelivered) -> None:
    _metrics(event_id, redelivered).flush_metrics()
    figures = {"confirmed": redelivered.confirmed, "republished": redelivered.republished}
    logger.info("redelivered", extra={"eventId": event_id, **figures})


def _metrics(event_id: str, redelivered: Redelivered) -> EphemeralMetrics:
    metrics = EphemeralMetrics()
    metrics.add_dimension("event", event_id)
    metrics.add_metric("Republished", COUNT, redelivered.republished)
    metrics.add_metric("PendingAgeSeconds", MetricUnit.Seconds, redelivered.oldest_s)
    return metrics
