"""Delivers entries that have been pending too long: confirm what is recorded, publish the rest again."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from reconcile.wiring import Dependencies

# So many at a time from one event, so that events take turns and an outage does not end in a stampede.
BATCH: Final = 500
PUBLISH_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch of overdue entries; `oldest_s` is the age of the oldest to be sent (s since its claim)."""

    confirmed: int = 0
    republished: int = 0
    dead: int = 0
    unacknowledged: int = 0
    oldest_s: float = 0.0

    @property
    def seen(self) -> int:
        """How many entries were looked at."""
        return self.confirmed + self.republished + self.dead + self.unacknowledged

    def __add__(self, other: Self) -> Self:
        return replace(
            self,
            confirmed=self.confirmed + other.confirmed,
            republished=self.republished + other.republished,
            dead=self.dead + other.dead,
            unacknowledged=self.unacknowledged + other.unacknowledged,
            oldest_s=max(self.oldest_s, other.oldest_s),
        )


def deliver(wired: Dependencies, event_ids: Iterable[str], time_left: Callable[[], bool]) -> dict[str, Delivered]:
    """Deliver these events' overdue entries, a batch of each in turn, while there is time and Kafka takes them."""
    total = {event_id: Delivered() for event_id in event_ids}
    waiting = deque(total)
    while waiting and time_left():
        event_id = waiting.popleft()
        batch = _deliver_batch(wired, event_id)
        total[event_id] += batch
        if batch.unacknowledged:
            break  # Kafka is away: the next pass looks again
        if batch.seen == BATCH:
            waiting.append(event_id)
    return total


def _deliver_batch(wired: Dependencies, event_id: str) -> Delivered:
    """Deliver one batch of an event's overdue entries, the longest waiting first.

    Publishing again is harmless, and each entry is left alone for its time after it; a dead letter stays where it is.
    """
    overdue = wired.gate.overdue(event_id, wired.settings.overdue_s, BATCH)
    if not overdue.entries:
        return Delivered()
    recorded = wired.ledger.seats.seats_of(event_id, [entry.user_id for entry in overdue.entries])
    dead = wired.ledger.seats.dead(event_id)
    wired.gate.confirm(event_id, sorted(recorded))
    left = [entry for entry in overdue.entries if entry.user_id not in recorded]
    settled = [entry.user_id for entry in left if entry.user_id in dead.get(entry.seat_no, ())]
    lost = [entry for entry in left if entry.user_id not in dead.get(entry.seat_no, ())]
    acknowledged = wired.publisher.publish_all(lost, PUBLISH_TIMEOUT_S)
    sent = [entry.user_id for entry, came in zip(lost, acknowledged, strict=True) if came]
    wired.gate.postpone(event_id, [*sent, *settled])
    oldest = min((entry.request_time for entry in lost), default=overdue.server_time)
    return Delivered(
        confirmed=len(recorded),
        republished=len(sent),
        dead=len(settled),
        unacknowledged=len(lost) - len(sent),
        oldest_s=(overdue.server_time - oldest).total_seconds(),
    )
