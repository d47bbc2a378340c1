"""Publishes entries and waits for the broker's acknowledgement; after a time-out, a circuit breaker fails at once."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from eventrush.errors import PublishError
from eventrush.models import Entry, StreamRecord
from eventrush.settings import StreamSettings
from eventrush.stream.client import producer_config
from eventrush.stream.message import Encoded, encode


class StreamPublisher:
    """Publishes over one idempotent producer, which is replaced after a fatal error.

    It is used by one thread at a time, as an environment has one: a poll serves the delivery reports of all.
    """

    def __init__(self, make_producer: Callable[[], Producer], topic: str, timeout_s: float) -> None:
        """Take a factory of producers, the topic, and how long an acknowledgement may take (seconds)."""
        self._make_producer = make_producer
        self._made: Producer | None = None
        self._topic = topic
        self._timeout_s = timeout_s

    @classmethod
    def connect(cls, settings: StreamSettings) -> Self:
        """Return a publisher that is connected, unless Kafka does not answer: then the first send connects."""
        config = producer_config(settings)
        publisher = cls(lambda: Producer(config), settings.topic, settings.publish_timeout_ms / 1000)
        publisher.warm_up()
        return publisher

    @property
    def _producer(self) -> Producer:
        """Make the producer where there is none; raises `KafkaException`, for example if no token is to be had."""
        if self._made is None:
            self._made = self._make_producer()
        return self._made

    def warm_up(self) -> bool:
        """Connect and fetch the topic's metadata, to make the first send faster; False if Kafka does not answer."""
        try:
            self._producer.list_topics(self._topic, timeout=self._timeout_s)
        except KafkaException:
            return False
        return True

    def publish(self, entry: Entry, timeout_s: float | None = None) -> None:
        """Publish one entry; raises `PublishError` if it is not acknowledged in time (seconds)."""
        if not self._send([encode(entry)], timeout_s)[0]:
            raise PublishError("Kafka did not acknowledge the entry in time.")

    def publish_all(self, entries: Sequence[Entry], timeout_s: float | None = None) -> list[bool]:
        """Publish entries concurrently; returns for each whether it was acknowledged in time (seconds)."""
        return self._send([encode(entry) for entry in entries], timeout_s)

    def republish(self, record: StreamRecord, timeout_s: float | None = None) -> None:
        """Publish a record unchanged; raises `PublishError` if it is not acknowledged in time (seconds)."""
        if not self._send([(record.key, record.value, list(record.headers.items()))], timeout_s)[0]:
            raise PublishError("Kafka did not acknowledge the record in time.")

    def _send(self, messages: Sequence[Encoded], timeout_s: float | None) -> list[bool]:
        acknowledged = [False] * len(messages)
        waiting = 0

        def report(index: int, error: KafkaError | None, _message: Message) -> None:
            nonlocal waiting
            acknowledged[index] = error is None
            waiting -= 1

        deadline = time.monotonic() + (self._timeout_s if timeout_s is None else timeout_s)
        for index, message in enumerate(messages):
            waiting += self._produce(message, partial(report, index))
        while waiting and (left := deadline - time.monotonic()) > 0:
            self._producer.poll(left)  # returns at a delivery report, an earlier send's too
        return acknowledged

    def _produce(self, message: Encoded, on_delivery: Callable[[KafkaError | None, Message], None]) -> bool:
        """Queue a message; False where librdkafka does not take it."""
        key, value, headers = message
        for _ in range(2):
            try:
                self._producer.produce(self._topic, value, key, headers=headers, on_delivery=on_delivery)
            except BufferError:  # librdkafka's queue is full
                return False
            except KafkaException as exc:
                if exc.args[0].code() != KafkaError._FATAL:  # noqa: SLF001 its public name
                    return False
                self._made = None  # an idempotent producer in fatal state never recovers
            else:
                return True
        return False


class EntryPublisher(Protocol):
    """What the circuit breaker needs of a publisher."""

    def publish(self, entry: Entry) -> None:
        """Return when the broker has acknowledged this entry; raise `PublishError` when it has not in time."""


class GuardedPublisher:
    """A circuit breaker: after a time-out it raises `PublishError` at once, except for one send every `reset_s`."""

    def __init__(self, publisher: EntryPublisher, reset_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the publisher, and how long the breaker stays open after a time-out (seconds)."""
        self._publisher = publisher
        self._reset_s = reset_s
        self._clock = clock
        self._probe_at: float | None = None  # when the next send is tried; None while the breaker is closed

    def publish(self, entry: Entry) -> None:
        """Return when the broker has acknowledged this entry; raise `PublishError` when it has not in time."""
        if self._probe_at is not None and self._clock() < self._probe_at:
            raise PublishError("Kafka did not acknowledge earlier entries in time; the circuit breaker is open.")
        try:
            self._publisher.publish(entry)
        except PublishError:
            self._probe_at = self._clock() + self._reset_s
            raise
        self._probe_at = None

    @property
    def open(self) -> bool:
        """Whether calls fail at once."""
        return self._probe_at is not None
