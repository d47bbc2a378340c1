"""Redelivers entries that have been pending too long: confirms those that are recorded, publishes the others again."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

from reconcile.dependencies import Dependencies

# Entries of one event in a batch: events take turns, and the end of an outage does not flood Kafka.
BATCH: Final = 500
PUBLISH_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Redelivered:
    """What was done with overdue entries; `oldest_s` is the age of the oldest to be sent (seconds since its claim)."""

    confirmed: int = 0
    republished: int = 0
    dead: int = 0
    unacknowledged: int = 0
    oldest_s: float = 0.0

    @property
    def seen(self) -> int:
        """The number of overdue entries."""
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


def redeliver(
    deps: Dependencies,
    event_ids: Iterable[str],
    time_left: Callable[[], bool],
    *,
    batch: int = BATCH,
    timeout_s: float = PUBLISH_TIMEOUT_S,
) -> dict[str, Redelivered]:
    """Redeliver overdue entries, one batch of each event in turn, while there is time and Kafka acknowledges."""
    total = {event_id: Redelivered() for event_id in event_ids}
    waiting = deque(total)
    while waiting and time_left():
        event_id = waiting.popleft()
        done = _redeliver_batch(deps, event_id, batch, timeout_s)
        total[event_id] += done
        if done.unacknowledged:
            break  # the next pass retries
        if done.seen == batch:
            waiting.append(event_id)
    return total


def _redeliver_batch(deps: Dependencies, event_id: str, batch: int, timeout_s: float) -> Redelivered:
    """Redeliver one batch of an event's overdue entries, the oldest first.

    Publishing again is harmless; an entry that was sent is not overdue for the full age. Dead letters are not sent.
    """
    overdue = deps.gate.overdue(event_id, deps.settings.overdue_s, batch)
    if not overdue.entries:
        return Redelivered()
    recorded = deps.ledger.seats.by_user(event_id, [entry.user_id for entry in overdue.entries])
    dead = deps.ledger.dead_letters.seats(event_id)
    deps.gate.confirm(event_id, sorted(recorded))
    unrecorded = [entry for entry in overdue.entries if entry.user_id not in recorded]
    dead_users = [entry.user_id for entry in unrecorded if entry.user_id in dead.get(entry.seat_no, ())]
    to_send = [entry for entry in unrecorded if entry.user_id not in dead.get(entry.seat_no, ())]
    acknowledged = deps.publisher.publish_all(to_send, timeout_s)
    sent = [entry.user_id for entry, is_acked in zip(to_send, acknowledged, strict=True) if is_acked]
    deps.gate.touch(event_id, [*sent, *dead_users])
    oldest = min((entry.request_time for entry in to_send), default=overdue.server_time)
    return Redelivered(
        confirmed=len(recorded),
        republished=len(sent),
        dead=len(dead_users),
        unacknowledged=len(to_send) - len(sent),
        oldest_s=(overdue.server_time - oldest).total_seconds(),
    )
