"""A stream in memory."""

from dataclasses import dataclass, field

from eventrush.errors import PublishError
from eventrush.models import Entry


@dataclass
class FakePublisher:
    """Acknowledges at once, or never while `down`; `timeouts_s` lists the time-outs of the calls."""

    down: bool = False
    published: list[Entry] = field(default_factory=list)
    timeouts_s: list[float | None] = field(default_factory=list)

    def publish(self, entry: Entry, timeout_s: float | None = None) -> None:
        self.timeouts_s.append(timeout_s)
        if self.down:
            raise PublishError("Kafka did not acknowledge the entry in time.")
        self.published.append(entry)
