"""Publishes entries and waits for the broker's word on each."""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from eventrush.entry import Entry
from eventrush.errors import PublishError
from eventrush.record import StreamRecord
from eventrush.stream.message import Encoded, encode

# Another thread's poll may have served our report: look again this often (seconds).
_POLL_S: Final = 0.02


class Publisher(Protocol):
    """What join needs of the stream."""

    def publish(self, entry: Entry) -> None:
        """Return when the broker has acknowledged this entry; raise `PublishError` when that is not known in time."""


class StreamPublisher:
    """Publishes over one idempotent producer, made anew if it ever fails for good."""

    def __init__(self, make_producer: Callable[[], Producer], topic: str, timeout_s: float) -> None:
        """Take how to make the producer, the topic, and how long an acknowledgement may take (seconds)."""
        self._make_producer = make_producer
        self._producer = make_producer()
        self._topic = topic
        self._timeout_s = timeout_s

    def publish(self, entry: Entry, timeout_s: float | None = None) -> None:
        """Publish one entry; raises `PublishError` when it is not acknowledged in time, so that nobody knows."""
        if not self.publish_all([entry], timeout_s)[0]:
            raise PublishError("Kafka has not acknowledged the entry in time.")

    def publish_all(self, entries: Sequence[Entry], timeout_s: float | None = None) -> list[bool]:
        """Publish entries side by side; tells of each whether it was acknowledged within the time (seconds)."""
        return self._deliver([encode(entry) for entry in entries], timeout_s)

    def publish_again(self, record: StreamRecord, timeout_s: float | None = None) -> None:
        """Publish a record as it once was; raises `PublishError` when it is not acknowledged in time."""
        if not self._deliver([(record.key, record.value, list(record.headers.items()))], timeout_s)[0]:
            raise PublishError("Kafka has not acknowledged the record in time.")

    def warm_up(self) -> bool:
        """Connect and learn the topic's partitions, so that the first send need not; False when Kafka is away."""
        try:
            self._producer.list_topics(self._topic, timeout=self._timeout_s)
        except KafkaException:
            return False
        return True

    def _deliver(self, messages: Sequence[Encoded], timeout_s: float | None) -> list[bool]:
        acknowledged = [False] * len(messages)
        waiting = len(messages)

        def reporter(index: int) -> Callable[[KafkaError | None, Message], None]:
            def report(error: KafkaError | None, _message: Message) -> None:
                nonlocal waiting
                acknowledged[index] = error is None
                waiting -= 1

            return report

        deadline = time.monotonic() + (self._timeout_s if timeout_s is None else timeout_s)
        for index, message in enumerate(messages):
            if not self._send(message, reporter(index)):
                waiting -= 1
        while waiting and (left := deadline - time.monotonic()) > 0:
            self._producer.poll(min(left, _POLL_S))
        return acknowledged

    def _send(self, message: Encoded, report: Callable[[KafkaError | None, Message], None]) -> bool:
        key, value, headers = message
        try:
            self._producer.produce(self._topic, value, key, headers=headers, on_delivery=report)
        except BufferError:  # librdkafka's queue is full of what Kafka does not take
            return False
        except KafkaException as exc:
            if exc.args[0].fatal():
                self._producer = self._make_producer()  # an idempotent producer in fatal state never recovers
            return False
        return True
