"""Decides parked records once their gate is rebuilt; they are never sent again."""

from collections.abc import Callable, Iterable

from aws_lambda_powertools import Logger

from eventrush.errors import GateLostError, GateUnavailableError
from eventrush.reclaim import reclaim
from reconcile.dependencies import Dependencies

logger = Logger()


def decide(deps: Dependencies, event_ids: Iterable[str], time_left: Callable[[], bool]) -> dict[str, int]:
    """Decide the parked records of these events while there is time; returns how many were decided of each event."""
    return {event_id: _decide(deps, event_id, time_left) for event_id in event_ids if time_left()}


def _decide(deps: Dependencies, event_id: str, time_left: Callable[[], bool]) -> int:
    decided = 0
    for records in deps.ledger.parked.records(event_id):
        try:
            rows, dead = reclaim(deps.gate, [parked.delivery for parked in records])
        except (GateLostError, GateUnavailableError) as exc:
            logger.warning("parked records wait for their gate", extra={"eventId": event_id}, exc_info=exc)
            break
        ids = {parked.delivery.record.position: parked.id for parked in records}
        result = deps.ledger.batch.record_parked(ids, rows, dead)
        deps.gate.confirm(event_id, [delivery.entry.user_id for delivery in result.settled])
        decided += len(records) - len(result.parked)
        if not time_left():
            break
    return decided
