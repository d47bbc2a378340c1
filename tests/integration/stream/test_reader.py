"""A reader reads the records that persist has not committed."""

import time
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from eventrush.errors import StreamUnavailableError
from eventrush.settings import StreamSettings
from eventrush.stream.client import client_config
from eventrush.stream.message import decode, encode
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
    assert seats(reader) == list(range(1, 51)), "a group without commits starts at the first record"
    assert seats(reader) == list(range(1, 51)), "reading commits nothing"
    commit(settings, reader.spans())
    assert seats(reader) == []
    publisher.publish_all([an_entry("default", seat) for seat in range(51, 61)])
    assert seats(reader) == list(range(51, 61))


def test_records_after_the_spans_are_not_read(settings: StreamSettings) -> None:
    publisher, reader = StreamPublisher.connect(settings), StreamReader.connect(settings)
    publisher.publish_all([an_entry("default", seat) for seat in range(1, 11)])
    spans = reader.spans()
    publisher.publish_all([an_entry("default", seat) for seat in range(11, 21)])
    read = [decode(record.value, record.headers).seat_no for record in reader.records(spans)]
    assert sorted(read) == list(range(1, 11))


def test_a_transaction_s_marker_at_the_end_is_no_record_to_wait_for(settings: StreamSettings) -> None:
    producer = Producer(client_config(settings) | {"transactional.id": settings.topic})
    producer.init_transactions(10)
    producer.begin_transaction()
    key, value, headers = encode(an_entry("default", 1))
    producer.produce(settings.topic, value, key, headers=headers)
    producer.commit_transaction(10)
    assert seats(StreamReader.connect(settings)) == [1]


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
    """With an empty list, a rebuild would lose every published entry."""
    reader = StreamReader.connect(replace(settings, topic="no-such-topic"))
    with pytest.raises(StreamUnavailableError, match=r"^Kafka does not describe topic no-such-topic"):
        reader.spans()


class FailingOnce(Consumer):
    """A consumer whose first request of commits fails, as the group's coordinator has changed."""

    failures = 0

    def committed(self, *args: Any, **kwargs: Any) -> list[TopicPartition]:
        if not self.failures:
            self.failures += 1
            raise KafkaException(KafkaError(KafkaError.NOT_COORDINATOR))
        return super().committed(*args, **kwargs)


def test_a_change_of_the_coordinator_is_retried(settings: StreamSettings) -> None:
    made: list[FailingOnce] = []

    def make_consumer(config: dict[str, Any]) -> FailingOnce:
        made.append(FailingOnce(config))
        return made[-1]

    config = client_config(settings)
    reader = StreamReader(config, settings.topic, settings.consumer_group, make_consumer=make_consumer)
    assert len(reader.spans()) == PARTITIONS
    assert [consumer.failures for consumer in made] == [1]
