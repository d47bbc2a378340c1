"""Delivers what stopped on its way: decides parked records, sends pending entries that cannot be waiting again."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from aws_lambda_powertools import Logger

from eventrush.errors import GateLostError, GateUnavailableError, StreamUnavailableError
from eventrush.ledger.batch import decided
from eventrush.models import Entry
from eventrush.timestamps import UNIX_EPOCH
from reconcile.dependencies import Dependencies

logger = Logger()

# Entries of one event in a batch: events take turns, and the end of an outage does not flood Kafka.
BATCH: Final = 500
PUBLISH_TIMEOUT_S: Final = 5.0
# How far the clocks of Redis, the producers and this function may differ (seconds).
CLOCK_TOLERANCE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Redelivered:
    """What was done with overdue entries; `oldest_s` is the age of the pending entry sent first (since its claim).

    `waiting` are parked or dead letters; `late` were held too long by this pass to be sent by it.
    """

    confirmed: int = 0
    republished: int = 0
    waiting: int = 0
    late: int = 0
    unacknowledged: int = 0
    oldest_s: float = 0.0

    @property
    def seen(self) -> int:
        """The number of overdue entries."""
        return self.confirmed + self.republished + self.waiting + self.late + self.unacknowledged

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            confirmed=self.confirmed + other.confirmed,
            republished=self.republished + other.republished,
            waiting=self.waiting + other.waiting,
            late=self.late + other.late,
            unacknowledged=self.unacknowledged + other.unacknowledged,
            oldest_s=max(self.oldest_s, other.oldest_s),
        )


def decide_parked(deps: Dependencies, event_id: str, time_left: Callable[[], bool]) -> int:
    """Decide an event's parked records while there is time and its gate is open; returns how many were decided."""
    count = 0
    for records in deps.ledger.parked.records(event_id):
        deliveries = [parked.delivery for parked in records]
        try:
            reply = deps.gate.reclaim([delivery.entry for delivery in deliveries])
        except (GateLostError, GateUnavailableError) as exc:
            logger.warning("parked records wait for their gate", extra={"eventId": event_id}, exc_info=exc)
            break
        ids = {parked.delivery.record.position: parked.id for parked in records}
        result = deps.ledger.batch.record_parked(ids, *decided(deliveries, reply.epoch, reply.owned))
        deps.gate.confirm(event_id, [delivery.entry.user_id for delivery in result.settled])
        count += len(records) - len(result.parked)
        if not time_left():
            break
    return count


def redeliver(  # noqa: PLR0913 each is a dependency or a limit
    deps: Dependencies,
    event_ids: Iterable[str],
    time_left: Callable[[], bool],
    *,
    batch: int = BATCH,
    timeout_s: float = PUBLISH_TIMEOUT_S,
    clock: Callable[[], float] = time.monotonic,
    errors_of: Callable[[str], AbstractContextManager[Any]] = nullcontext,
) -> dict[str, Redelivered]:
    """Redeliver overdue entries, one batch of each event in turn, while there is time and Kafka acknowledges.

    An error of one event is raised inside `errors_of(event_id)`, which may keep it from stopping the others.

    An entry is overdue if no record of it can be waiting in the stream: it was last sent before the oldest uncommitted
    record was created, less the time that a send may take.
    """
    total = {event_id: Redelivered() for event_id in event_ids}
    if not total:
        return total
    sent_before = _sent_before(deps)
    waiting = deque(total)
    while waiting and time_left():
        event_id = waiting.popleft()
        done = Redelivered()
        with errors_of(event_id):
            done = _redeliver_batch(deps, event_id, sent_before, batch, timeout_s, clock)
        total[event_id] += done
        if done.unacknowledged:
            break  # the next pass retries
        if done.seen == batch:
            waiting.append(event_id)
    return total


def _sent_before(deps: Dependencies) -> datetime:
    """Return the moment before which an entry was last sent if no record of it can be waiting in the stream."""
    now = datetime.now(UTC)  # before the offsets are read
    try:
        oldest = min(now, deps.reader.oldest(deps.reader.spans()) or now)
    except StreamUnavailableError as exc:
        logger.warning("Kafka does not answer: nothing is sent again", exc_info=exc)
        return UNIX_EPOCH
    return oldest - timedelta(seconds=deps.publish_deadline_s + CLOCK_TOLERANCE_S)


def _redeliver_batch(  # noqa: PLR0913, PLR0917 see above
    deps: Dependencies,
    event_id: str,
    sent_before: datetime,
    batch: int,
    timeout_s: float,
    clock: Callable[[], float],
) -> Redelivered:
    """Redeliver one batch of an event's overdue entries, the oldest first; what is parked or dead is not sent."""
    taken_at = clock()
    overdue = deps.gate.take_overdue(event_id, sent_before, batch)
    if not overdue.entries:
        return Redelivered(oldest_s=overdue.oldest_s)
    users = [entry.user_id for entry in overdue.entries]
    # In the direction in which entries move.
    parked = deps.ledger.parked.by_user(event_id, users)
    dead = deps.ledger.dead_letters.of_seats(event_id, {entry.seat_no for entry in overdue.entries})
    recorded = deps.ledger.seats.by_user(event_id, users)
    deps.gate.confirm(event_id, sorted(recorded))

    def is_waiting(entry: Entry) -> bool:
        return (entry.user_id, entry.seat_no) in parked or (entry.seat_no, entry.user_id) in dead

    unrecorded = [entry for entry in overdue.entries if entry.user_id not in recorded]
    to_send = [entry for entry in unrecorded if not is_waiting(entry)]
    # Someone else may send it by then, since the last send was set when it was taken.
    late = len(to_send) if clock() - taken_at > deps.publish_deadline_s else 0
    acknowledged = sum(deps.publisher.publish_all(to_send, timeout_s)) if not late else 0
    return Redelivered(
        confirmed=len(recorded),
        republished=acknowledged,
        waiting=len(unrecorded) - len(to_send),
        late=late,
        unacknowledged=len(to_send) - late - acknowledged,
        oldest_s=overdue.oldest_s,
    )
