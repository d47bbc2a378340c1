"""Reads the records that persist has not committed."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from eventrush.errors import StreamUnavailableError
from eventrush.models import StreamRecord
from eventrush.settings import StreamSettings
from eventrush.stream.client import client_config
from eventrush.timestamps import from_timestamp_ms

_BATCH: Final = 1000
_NO_ANSWER: Final = "Kafka does not answer."
# Errors while a broker starts, or another takes over.
_TRANSIENT: Final = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
}
_PAUSE_S: Final = 0.1
FILL_S: Final = 0.1  # how long consume() waits for a batch to fill


@dataclass(frozen=True, slots=True)
class Span:
    """The uncommitted records of a partition: offsets from `start` up to, but not including, `end`."""

    partition: int
    start: int
    end: int


class StreamReader:
    """Reads a topic without joining its consumer group.

    Every method raises `StreamUnavailableError` when Kafka does not answer.
    """

    def __init__(  # noqa: PLR0913 how to connect, what to read, how long to wait
        self,
        config: dict[str, Any],
        topic: str,
        group: str,
        *,
        timeout_s: float = 5.0,
        fill_s: float = FILL_S,
        make_consumer: Callable[[dict[str, Any]], Consumer] = Consumer,
    ) -> None:
        """Take a client's configuration, the topic, persist's consumer group, and time-outs of replies and batches."""
        self._config = config | {
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            # The last offset of a partition may be a transaction's marker, which is no record.
            "enable.partition.eof": True,
        }
        self._topic = topic
        self._timeout_s = timeout_s
        self._fill_s = fill_s
        self._make_consumer = make_consumer

    @classmethod
    def connect(cls, settings: StreamSettings) -> Self:
        """Return a reader; it connects for each read."""
        return cls(client_config(settings), settings.topic, settings.consumer_group)

    def spans(self) -> list[Span]:
        """Return the uncommitted span of each partition, as of now."""
        retrying = Retrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_delay(self._timeout_s),
            wait=wait_fixed(_PAUSE_S),
            reraise=True,
        )
        consumer = self._make_consumer(self._config)
        try:
            return retrying(self._spans, consumer)
        except KafkaException as exc:
            raise StreamUnavailableError(_NO_ANSWER) from exc
        finally:
            consumer.close()

    def _spans(self, consumer: Consumer) -> list[Span]:
        topic = consumer.list_topics(self._topic, timeout=self._timeout_s).topics[self._topic]
        if topic.error or not topic.partitions:  # an empty list would mean that nothing was published
            raise StreamUnavailableError(f"Kafka does not describe topic {self._topic}: {topic.error}")
        wanted = [TopicPartition(self._topic, partition) for partition in topic.partitions]
        committed = {at.partition: at.offset for at in consumer.committed(wanted, timeout=self._timeout_s)}
        spans = []
        for at in wanted:
            low, high = consumer.get_watermark_offsets(at, timeout=self._timeout_s)
            spans.append(Span(at.partition, max(low, committed[at.partition]), high))
        return spans

    def oldest(self, spans: list[Span]) -> datetime | None:
        """Return the earliest timestamp (aware UTC) among the first records of these spans; None if all are empty."""
        firsts = self.records(spans, limit=1)
        return min((record.timestamp for record in firsts), default=None)

    def records(self, spans: list[Span], limit: int | None = None) -> Iterator[StreamRecord]:
        """Iterate over the records of these spans, in order within each partition; at most `limit` of each."""
        left = {span.partition: span.end for span in spans if span.start < span.end}
        read: Counter[int] = Counter()
        if not left:
            return
        consumer = self._make_consumer(self._config)
        try:
            consumer.assign([TopicPartition(self._topic, s.partition, s.start) for s in spans if s.partition in left])
            received_at = time.monotonic()
            while left:
                messages = consumer.consume(_BATCH, timeout=self._fill_s)
                if messages:
                    received_at = time.monotonic()
                elif time.monotonic() - received_at > self._timeout_s:
                    raise StreamUnavailableError(_NO_ANSWER)
                for message in messages:
                    error, partition, offset = message.error(), message.partition() or 0, message.offset() or 0
                    at_end = error is not None and error.code() == KafkaError._PARTITION_EOF  # noqa: SLF001 its public name
                    if error and not at_end:
                        raise StreamUnavailableError(f"Kafka cannot be read: {error.str()}")
                    end = left.get(partition, 0)
                    if not at_end and offset < end and partition in left:
                        read[partition] += 1
                        yield _record(message)
                    if at_end or offset >= end - 1 or read[partition] == limit:
                        left.pop(partition, None)
        except KafkaException as exc:
            raise StreamUnavailableError(_NO_ANSWER) from exc
        finally:
            consumer.close()


def _is_transient(exc: BaseException) -> bool:
    return isinstance(exc, KafkaException) and exc.args[0].code() in _TRANSIENT


def _record(message: Message) -> StreamRecord:
    headers = cast("list[tuple[str, bytes | None]]", message.headers() or [])
    return StreamRecord(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        timestamp=from_timestamp_ms(message.timestamp()[1]),
        key=message.key(),
        value=message.value(),
        headers={name: value or b"" for name, value in headers},
    )
