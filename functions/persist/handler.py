"""Fed by the Kafka event-source mapping: a batch in, rows out."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush.observability import COUNT, emitting
from eventrush.record import StreamRecord
from persist import service
from persist.records import records
from persist.wiring import Dependencies, dependencies

logger = Logger()
metrics = Metrics()


def lambda_handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Persist one event of the mapping (`aws:kafka`); a ledger that is away raises, so that the batch comes again."""
    with emitting(metrics):
        return handle(event, dependencies())


def handle(event: dict[str, Any], wired: Dependencies) -> dict[str, Any]:
    """Persist one event with these dependencies; answers in the form of ReportBatchItemFailures."""
    persisted = service.persist(wired.gate, wired.ledger, records(event))
    result = persisted.result
    metrics.add_metric("Recorded", COUNT, result.recorded)
    metrics.add_metric("Repeated", COUNT, result.repeated)
    metrics.add_metric("DeadLettered", COUNT, len(result.dead))
    for letter in result.dead:
        logger.warning("dead letter", extra={**_position(letter.record), "reason": letter.reason})
    return {"batchItemFailures": [{"itemIdentifier": _identifier(record)} for record in persisted.undecided]}


def _identifier(record: StreamRecord) -> dict[str, Any]:
    return {"partition": f"{record.topic}-{record.partition}", "offset": record.offset}


def _position(record: StreamRecord) -> dict[str, Any]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}
