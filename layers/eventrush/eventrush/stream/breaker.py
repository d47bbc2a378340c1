"""A breaker before the publisher: after a time-out, nobody else waits for a Kafka that does not answer."""

from typing import Final, Protocol

import pybreaker

from eventrush.entry import Entry
from eventrush.errors import PublishError

# How long the one attempt that looks whether Kafka is back may take (seconds).
PROBE_TIMEOUT_S: Final = 0.2


class PatientPublisher(Protocol):
    """What the breaker needs of a publisher: it may be told how long to wait."""

    def publish(self, entry: Entry, timeout_s: float | None = None) -> None:
        """Return when the broker has acknowledged this entry; raise `PublishError` when that is not known in time."""


class GuardedPublisher:
    """Publishes while Kafka acknowledges; else raises `PublishError` at once, but for a short probe now and then."""

    def __init__(self, publisher: PatientPublisher, reset_s: float) -> None:
        """Take the publisher, and how long (seconds) to leave Kafka alone after a time-out."""
        self._publisher = publisher
        self._breaker = pybreaker.CircuitBreaker(fail_max=1, reset_timeout=reset_s)

    def publish(self, entry: Entry) -> None:
        """Return when the broker has acknowledged this entry; raise `PublishError` when that is not known in time."""
        try:
            self._breaker.call(self._send, entry)
        except pybreaker.CircuitBreakerError as exc:
            raise PublishError("Kafka has not acknowledged in time; it is left alone for a while.") from exc

    @property
    def open(self) -> bool:
        """Whether Kafka is being left alone."""
        return bool(self._breaker.current_state != pybreaker.STATE_CLOSED)

    def _send(self, entry: Entry) -> None:
        probing = self._breaker.current_state == pybreaker.STATE_HALF_OPEN
        self._publisher.publish(entry, PROBE_TIMEOUT_S if probing else None)
