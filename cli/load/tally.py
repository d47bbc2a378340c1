"""What became of a rush: answers by kind, seats by user, latencies."""

import math
from array import array
from collections import Counter
from dataclasses import dataclass, field

from cli.load.contract import EXPECTED, Answer


@dataclass(slots=True)
class Tally:
    """Counts as answers come in; times in seconds on the monotonic clock."""

    counts: Counter[str] = field(default_factory=Counter)
    seats: dict[int, set[int]] = field(default_factory=dict)  # user to the seats that answers named
    winners: dict[int, int] = field(default_factory=dict)  # user to the seat that a SUCCESS named
    latencies_s: array[float] = field(default_factory=lambda: array("d"))
    started_at: float = 0.0
    ended_at: float = 0.0

    def add(self, user_id: int, answer: Answer, latency_s: float) -> None:
        """Count one answer."""
        self.counts[answer.label] += 1
        self.latencies_s.append(latency_s)
        if answer.seat_no is not None:
            self.seats.setdefault(user_id, set()).add(answer.seat_no)
            if answer.label == "SUCCESS":
                self.winners[user_id] = answer.seat_no

    @property
    def answered(self) -> int:
        """Return how many attempts have ended, whatever way."""
        return len(self.latencies_s)

    @property
    def other(self) -> int:
        """Return how many ended in what should not be."""
        return self.answered - sum(self.counts[label] for label in EXPECTED)

    @property
    def unexpected(self) -> dict[str, int]:
        """Return what should not be, by kind, the most frequent first."""
        return {label: count for label, count in self.counts.most_common() if label not in EXPECTED}

    @property
    def requests_per_s(self) -> float:
        """Return the throughput of the whole rush."""
        elapsed_s = self.ended_at - self.started_at
        return self.answered / elapsed_s if elapsed_s > 0 else 0.0

    def percentiles_ms(self, *percents: int) -> list[float]:
        """Return latencies in milliseconds by nearest rank; zeros when there are none."""
        ordered = sorted(self.latencies_s)
        if not ordered:
            return [0.0] * len(percents)
        return [ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] * 1000 for percent in percents]
