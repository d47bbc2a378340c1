"""A stream in memory: what was published, and whether Kafka is there."""

from dataclasses import dataclass, field

from eventrush.entry import Entry
from eventrush.errors import PublishError


@dataclass
class FakePublisher:
    """Acknowledges at once, or, while `away`, never; `timeouts_s` are what each caller would have waited."""

    away: bool = False
    published: list[Entry] = field(default_factory=list)
    timeouts_s: list[float | None] = field(default_factory=list)

    def publish(self, entry: Entry, timeout_s: float | None = None) -> None:
        self.timeouts_s.append(timeout_s)
        if self.away:
            raise PublishError("Kafka has not acknowledged the entry in time.")
        self.published.append(entry)
