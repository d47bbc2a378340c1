"""Run by a schedule: one pass over every event, its figures as metrics and a log line."""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush.observability import COUNT
from reconcile import service
from reconcile.service import Reconciled
from reconcile.wiring import Dependencies, dependencies

logger = Logger()

# A pass takes on nothing more after so many seconds, so that it ends before the next is due; a rebuild may take longer.
PASS_S: Final = 45


def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Reconcile once."""
    ends_at = time.monotonic() + PASS_S
    return handle(dependencies(), lambda: time.monotonic() < ends_at)


def handle(wired: Dependencies, time_left: Callable[[], bool]) -> dict[str, Any]:
    """Reconcile once with these dependencies; answers with each event's figures, or fails after reporting them."""
    done = service.reconcile(wired, time_left)
    events = [_reported(reconciled) for reconciled in done.events]
    if done.failure:
        raise done.failure
    return {"events": events}


def _reported(reconciled: Reconciled) -> dict[str, Any]:
    books, delivered = reconciled.books, reconciled.delivered
    metrics = EphemeralMetrics()
    metrics.add_dimension("event", reconciled.event_id)
    metrics.add_metric("Issued", COUNT, books.issued)
    metrics.add_metric("RecordedEntries", COUNT, books.recorded)
    metrics.add_metric("Pending", COUNT, books.pending)
    metrics.add_metric("DeadLetters", COUNT, books.dead)
    metrics.add_metric("MissingSeats", COUNT, books.lost)
    metrics.add_metric("Republished", COUNT, delivered.republished)
    metrics.add_metric("PendingAgeSeconds", MetricUnit.Seconds, delivered.oldest_s)
    metrics.flush_metrics()
    figures = {"event_id": reconciled.event_id, **asdict(books), **asdict(delivered)}
    (logger.error if books.lost else logger.info)("reconciled", extra=figures)
    return figures
