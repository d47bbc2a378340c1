"""What the stream still carries is what persist has not committed."""

import sys
import time
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from eventrush.errors import StreamUnavailableError
from eventrush.settings import StreamSettings
from eventrush.stream.message import decode
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import Span, StreamReader
from local.ports import free_port
from tests.deliveries import an_entry
from tests.integration.stream.conftest import PARTITIONS
from tests.topics import commit


def seats(reader: StreamReader) -> list[int]:
    return sorted(decode(record.value, record.headers).seat_no for record in reader.records(reader.spans()))


def test_an_empty_topic_has_no_records(settings: StreamSettings) -> None:
    reader = StreamReader.connect(settings)
    assert reader.spans() == [Span(partition, 0, 0) for partition in range(PARTITIONS)]
    assert list(reader.records(reader.spans())) == []


def test_only_uncommitted_records_are_read(settings: StreamSettings) -> None:
    publisher, reader = StreamPublisher.connect(settings), StreamReader.connect(settings)
    publisher.publish_all([an_entry("default", seat) for seat in range(1, 51)])
    assert seats(reader) == list(range(1, 51)), "a group that has committed nothing has all before it"
    assert seats(reader) == list(range(1, 51)), "reading takes nothing away"
    commit(settings, reader.spans())
    assert seats(reader) == []
    publisher.publish_all([an_entry("default", seat) for seat in range(51, 61)])
    assert seats(reader) == list(range(51, 61))


def test_records_after_the_spans_are_not_read(settings: StreamSettings) -> None:
    publisher, reader = StreamPublisher.connect(settings), StreamReader.connect(settings)
    publisher.publish_all([an_entry("default", seat) for seat in range(1, 11)])
    spans = reader.spans()
    publisher.publish_all([an_entry("default", seat) for seat in range(11, 21)])
    carried = [decode(record.value, record.headers).seat_no for record in reader.records(spans)]
    assert sorted(carried) == list(range(1, 11))


def test_a_record_is_returned_with_every_field(settings: StreamSettings) -> None:
    entry = an_entry("default", 1)
    StreamPublisher.connect(settings).publish(entry)
    reader = StreamReader.connect(settings)
    (record,) = reader.records(reader.spans())
    assert decode(record.value, record.headers) == entry
    assert (record.topic, record.offset, record.key) == (settings.topic, 0, entry.user_id.encode())
    assert abs(record.timestamp.timestamp() - time.time()) < 60


def test_a_kafka_that_is_down_is_one_sentence(settings: StreamSettings) -> None:
    config = {"bootstrap.servers": f"127.0.0.1:{free_port()}", "log_level": 2}
    reader = StreamReader(config, settings.topic, settings.consumer_group, timeout_s=0.3)
    with pytest.raises(StreamUnavailableError, match=r"^Kafka does not answer\.$"):
        reader.spans()


def test_an_unknown_topic_is_an_error_not_an_empty_topic(settings: StreamSettings) -> None:
    """An empty answer would have a rebuild forget everybody who was published."""
    reader = StreamReader.connect(settings.model_copy(update={"topic": "no-such-topic"}))
    with pytest.raises(StreamUnavailableError, match=r"^Kafka does not describe topic no-such-topic"):
        reader.spans()


class HandingOver(Consumer):
    """A consumer whose group's broker has just changed, once."""

    refused = False

    def committed(self, *args: Any, **kwargs: Any) -> list[TopicPartition]:
        if not HandingOver.refused:
            HandingOver.refused = True
            raise KafkaException(KafkaError(KafkaError.NOT_COORDINATOR))
        return super().committed(*args, **kwargs)


def test_a_change_of_the_coordinator_is_retried(settings: StreamSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[StreamReader.__module__], "Consumer", HandingOver)
    assert len(StreamReader.connect(settings).spans()) == PARTITIONS
    assert HandingOver.refused
