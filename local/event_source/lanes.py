"""The records that a consumer holds, partition by partition, and when which of them are a batch.

A batch ends at its size, at 6 MB, or when its window is over, counted from its first record. Records that failed stay
at the head of their partition and wait longer each time; no record overtakes another of its partition, and no partition
waits for another's failures. Nothing here knows Kafka or the clock on the wall.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from local.event_source.record import Lane, Record

PAYLOAD_BYTES = 6 * 1024 * 1024
_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0


@dataclass(slots=True)
class _Held:
    """One partition's records; `since` is when the first of them came, `retry_at` when they may go out again."""

    records: deque[Record] = field(default_factory=deque)
    since: float = 0.0
    failures: int = 0
    retry_at: float = 0.0


class Lanes:
    """What is held; `now` gives seconds, `jitter` a factor for pauses."""

    def __init__(self, batch_size: int, window_s: float, now: Callable[[], float], jitter: Callable[[], float]) -> None:
        self._batch_size = batch_size
        self._window_s = window_s
        self._now = now
        self._jitter = jitter
        self._held: dict[Lane, _Held] = {}

    def add(self, record: Record) -> None:
        """Take a record in, the next of its partition."""
        held = self._held.setdefault(record.lane, _Held())
        if not held.records:
            held.since = self._now()
        held.records.append(record)

    def wait_s(self) -> float | None:
        """Return the seconds until a batch is due, 0 for now, or None while nothing is held."""
        now = self._now()
        ready = [held for held in self._held.values() if held.records and held.retry_at <= now]
        if sum(len(held.records) for held in ready) >= self._batch_size or self._bytes(ready) >= PAYLOAD_BYTES:
            return 0.0
        # A retry goes out when its pause is over; what never went out yet waits for the window.
        dues = [held.retry_at if held.failures else held.since + self._window_s for held in self._filled()]
        return max(0.0, min(dues) - now) if dues else None

    def batch(self) -> list[Record]:
        """Return the records that go out together now, without taking them out."""
        now = self._now()
        chosen: list[Record] = []
        size = 0
        for held in sorted(self._filled(), key=lambda held: held.since):
            if held.retry_at > now:
                continue
            for record in islice(held.records, self._batch_size - len(chosen)):
                size += record.size
                if chosen and size > PAYLOAD_BYTES:
                    return chosen
                chosen.append(record)
        return chosen

    def succeed(self, batch: Sequence[Record], failed: Mapping[Lane, int]) -> dict[Lane, int]:
        """Take out what succeeded, and return the offset to commit for each partition that got further.

        `failed` has the lowest failed offset of a partition: that record and those behind it stay and come again.
        """
        commits: dict[Lane, int] = {}
        now = self._now()
        for record in batch:
            held = self._held[record.lane]
            if record.offset < failed.get(record.lane, record.offset + 1):
                held.records.popleft()
                held.since = now
                held.failures, held.retry_at = 0, 0.0
                commits[record.lane] = record.offset + 1
        self._put_off(failed)
        return commits

    def fail(self, batch: Sequence[Record]) -> None:
        """Keep a whole batch for later."""
        self._put_off({record.lane for record in batch})

    def drop(self, lanes: Iterable[Lane]) -> None:
        """Forget partitions that are another consumer's now."""
        for lane in lanes:
            self._held.pop(lane, None)

    def full(self) -> set[Lane]:
        """Return the partitions of which no more is wanted for now."""
        return {
            lane
            for lane, held in self._held.items()
            if held.records and (held.failures or len(held.records) >= self._batch_size)
        }

    def _put_off(self, lanes: Iterable[Lane]) -> None:
        for lane in lanes:
            held = self._held[lane]
            pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**held.failures) * self._jitter()
            held.failures = min(held.failures + 1, 10)
            held.retry_at = self._now() + pause_s

    def _filled(self) -> list[_Held]:
        return [held for held in self._held.values() if held.records]

    @staticmethod
    def _bytes(ready: Iterable[_Held]) -> int:
        return sum(record.size for held in ready for record in held.records)
