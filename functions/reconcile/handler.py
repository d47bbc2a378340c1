"""The handler that a schedule invokes: one pass over every event, reported in metrics and log lines."""

import time
from collections.abc import Callable
from typing import Any, Final

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush.metrics import COUNT
from reconcile import service
from reconcile.dependencies import Dependencies, dependencies
from reconcile.service import Reconciled

logger = Logger()

# A pass starts no more work after this many seconds, to end before the next one starts; a rebuild may take longer.
PASS_S: Final = 45


def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Reconcile once."""
    ends_at = time.monotonic() + PASS_S
    return handle(dependencies(), lambda: time.monotonic() < ends_at)


def handle(deps: Dependencies, time_left: Callable[[], bool]) -> dict[str, Any]:
    """Reconcile once with these dependencies; returns each event's figures, or raises after logging them."""
    done = service.reconcile(deps, time_left)
    events = [_report(reconciled) for reconciled in done.events]
    if done.failure:
        raise done.failure
    return {"events": events}


def _report(reconciled: Reconciled) -> dict[str, Any]:
    audit, redelivered = reconciled.audit, reconciled.redelivered
    metrics = EphemeralMetrics()
    metrics.add_dimension("event", reconciled.event_id)
    metrics.add_metric("Issued", COUNT, audit.issued)
    metrics.add_metric("RecordedEntries", COUNT, audit.recorded)
    metrics.add_metric("Pending", COUNT, audit.pending)
    metrics.add_metric("DeadLetters", COUNT, audit.dead)
    metrics.add_metric("MissingSeats", COUNT, audit.lost)
    metrics.add_metric("Republished", COUNT, redelivered.republished)
    metrics.add_metric("PendingAgeSeconds", MetricUnit.Seconds, redelivered.oldest_s)
    metrics.flush_metrics()
    figures = reconciled.figures()
    (logger.error if audit.lost else logger.info)("reconciled", extra=figures)
    return figures
