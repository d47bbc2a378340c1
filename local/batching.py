"""Which records of a consumer's partitions form a batch, and when the batch is due.

A batch ends at its size, at 6 MB, or when its window is over, counted from its first record. Failed records stay at the
head of their partition and wait longer each time. No record overtakes another of its partition, and no partition waits
for the failures of another. Nothing here knows Kafka or reads a clock.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from local.kafka_event import Partition, Record

PAYLOAD_BYTES = 6 * 1024 * 1024
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


@dataclass(slots=True)
class _Queue:
    """The records of one partition: `since` is when the first arrived, `retry_at` when a pause after failures ends."""

    records: deque[Record] = field(default_factory=deque)
    since: float = 0.0
    failures: int = 0
    retry_at: float = 0.0


class Batcher:
    """The records that wait; `now` returns seconds, `jitter` a factor for pauses."""

    def __init__(self, batch_size: int, window_s: float, now: Callable[[], float], jitter: Callable[[], float]) -> None:
        self._batch_size = batch_size
        self._window_s = window_s
        self._now = now
        self._jitter = jitter
        self._queues: dict[Partition, _Queue] = {}

    def add(self, record: Record) -> None:
        """Add the next record of its partition."""
        queue = self._queues.setdefault(record.partition, _Queue())
        if not queue.records:
            queue.since = self._now()
        queue.records.append(record)

    def wait_s(self) -> float | None:
        """Return the seconds until a batch is due, 0 for now, or None if no record waits."""
        now = self._now()
        ready = [queue for queue in self._filled() if queue.retry_at <= now]
        size = sum(record.size for queue in ready for record in queue.records)
        if sum(len(queue.records) for queue in ready) >= self._batch_size or size >= PAYLOAD_BYTES:
            return 0.0
        # A retry is due when its pause is over; what was never sent waits for the window.
        due = [queue.retry_at if queue.failures else queue.since + self._window_s for queue in self._filled()]
        return max(0.0, min(due) - now) if due else None

    def batch(self) -> list[Record]:
        """Return the records to send together now; they stay here until `succeed` removes them."""
        now = self._now()
        chosen: list[Record] = []
        size = 0
        for queue in sorted(self._filled(), key=lambda queue: queue.since):
            if queue.retry_at > now:
                continue
            for record in islice(queue.records, self._batch_size - len(chosen)):
                size += record.size
                if chosen and size > PAYLOAD_BYTES:
                    return chosen
                chosen.append(record)
        return chosen

    def succeed(self, batch: Sequence[Record], failed: Mapping[Partition, int]) -> dict[Partition, int]:
        """Remove what succeeded; return the offset to commit for each partition that advanced.

        `failed` has the lowest failed offset of a partition: that record and those behind it stay and are sent again.
        """
        commits: dict[Partition, int] = {}
        now = self._now()
        for record in batch:
            queue = self._queues[record.partition]
            if record.offset < failed.get(record.partition, record.offset + 1):
                queue.records.popleft()
                queue.since = now
                queue.failures, queue.retry_at = 0, 0.0
                commits[record.partition] = record.offset + 1
        self._pause(failed)
        return commits

    def fail(self, batch: Sequence[Record]) -> None:
        """Keep a whole batch for a retry."""
        self._pause({record.partition for record in batch})

    def drop(self, partitions: Iterable[Partition]) -> None:
        """Forget partitions that another consumer has now."""
        for partition in partitions:
            self._queues.pop(partition, None)

    def full(self) -> set[Partition]:
        """Return the partitions of which enough records wait."""
        return {
            partition
            for partition, queue in self._queues.items()
            if queue.records and (queue.failures or len(queue.records) >= self._batch_size)
        }

    def _pause(self, partitions: Iterable[Partition]) -> None:
        for partition in partitions:
            queue = self._queues[partition]
            pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**queue.failures) * self._jitter()
            queue.failures = min(queue.failures + 1, 10)
            queue.retry_at = self._now() + pause_s

    def _filled(self) -> list[_Queue]:
        return [queue for queue in self._queues.values() if queue.records]
