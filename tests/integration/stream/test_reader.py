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
from local.servers.ports import free_port
from tests.deliveries import an_entry
from tests.integration.stream.conftest import PARTITIONS
from tests.topics import commit


def seats(reader: StreamReader) -> list[int]:
    return sorted(decode(record.value, record.headers).seat_no for record in reader.records(reader.spans()))


def test_nothing_is_carried_at_first(settings: StreamSettings) -> None:
    reader = StreamReader.connect(settings)
    assert reader.spans() == [Span(partition, 0, 0) for partition in range(PARTITIONS)]
    assert list(reader.records(reader.spans())) == []


def test_what_is_not_committed_is_carried_and_nothing_else(settings: StreamSettings) -> None:
    publisher, reader = StreamPublisher.connect(settings), StreamReader.connect(settings)
    publisher.publish_all([an_entry("default", seat) for seat in range(1, 51)])
    assert seats(reader) == list(range(1, 51)), "a group that has committed nothing has all before it"
    assert seats(reader) == list(range(1, 51)), "reading takes nothing away"
    commit(settings, reader.spans())
    assert seats(reader) == []
    publisher.publish_all([an_entry("default", seat) for seat in range(51, 61)])
    assert seats(reader) == list(range(51, 61))


def test_what_comes_after_the_spans_were_read_is_not_waited_for(settings: StreamSettings) -> None:
    publisher, reader = StreamPublisher.connect(settings), StreamReader.connect(settings)
    publisher.publish_all([an_entry("default", seat) for seat in range(1, 11)])
    spans = reader.spans()
    publisher.publish_all([an_entry("default", seat) for seat in range(11, 21)])
    carried = [decode(record.value, record.headers).seat_no for record in reader.records(spans)]
    assert sorted(carried) == list(range(1, 11))


def test_a_record_is_given_as_it_stands(settings: StreamSettings) -> None:
    entry = an_entry("default", 1)
    StreamPublisher.connect(settings).publish(entry)
    reader = StreamReader.connect(settings)
    (record,) = reader.records(reader.spans())
    assert decode(record.value, record.headers) == entry
    assert (record.topic, record.offset, record.key) == (settings.topic, 0, entry.user_id.encode())
    assert abs(record.timestamp.timestamp() - time.time()) < 60


def test_a_kafka_that_is_not_there_is_one_sentence(settings: StreamSettings) -> None:
    config = {"bootstrap.servers": f"127.0.0.1:{free_port()}", "log_level": 2}
    reader = StreamReader(config, settings.topic, settings.consumer_group, timeout_s=0.3)
    with pytest.raises(StreamUnavailableError, match=r"^Kafka does not answer\.$"):
        reader.spans()


def test_a_topic_that_kafka_does_not_tell_of_is_not_an_empty_one(settings: StreamSettings) -> None:
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


def test_a_cluster_that_is_handing_over_is_asked_again(
    settings: StreamSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[StreamReader.__module__], "Consumer", HandingOver)
    assert len(StreamReader.connect(settings).spans()) == PARTITIONS
    assert HandingOver.refused
