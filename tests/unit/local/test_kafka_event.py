"""The Kafka event is the documented one, and Powertools reads it."""

import json

from aws_lambda_powertools.utilities.data_classes.kafka_event import KafkaEvent
from confluent_kafka import TIMESTAMP_CREATE_TIME, Message

from local.kafka_event import build, from_message


def message(topic: str, partition: int, offset: int, value: bytes | None = b"v", key: bytes | None = b"k") -> Message:
    return Message(
        topic=topic,
        partition=partition,
        offset=offset,
        key=key,
        value=value,
        headers=[("schema", b"event.join/1"), ("raw", b"\x00\x7f\x80\xff"), ("raw", None)],
        timestamp=(TIMESTAMP_CREATE_TIME, 1545084650987),
    )


def test_the_event_groups_by_partition() -> None:
    messages = [message("event.join", 0, 12), message("event.join", 1, 3, None, None), message("event.join", 0, 13)]
    built = build([from_message(one) for one in messages], "arn:stream", "a:9092,b:9092")
    assert built["eventSource"] == "aws:kafka"
    assert (built["eventSourceArn"], built["bootstrapServers"]) == ("arn:stream", "a:9092,b:9092")
    assert [record["offset"] for record in built["records"]["event.join-0"]] == [12, 13]
    assert built["records"]["event.join-1"] == [
        {
            "topic": "event.join",
            "partition": 1,
            "offset": 3,
            "timestamp": 1545084650987,
            "timestampType": "CREATE_TIME",
            "key": None,
            "value": None,
            "headers": [
                {"schema": list(b"event.join/1")},
                {"raw": [0, 127, -128, -1]},
                {"raw": []},
            ],
        }
    ]


def test_powertools_reads_it() -> None:
    built = build([from_message(message("t", 2, 9, b'{"a": 1}'))], "arn:stream", "a:9092")
    read = KafkaEvent(json.loads(json.dumps(built)))
    assert read.event_source_arn == "arn:stream"
    record = read.record
    assert (record.topic, record.partition, record.offset) == ("t", 2, 9)
    assert record.decoded_key == b"k"
    assert record.json_value == {"a": 1}
    assert record.decoded_headers["schema"] == b"event.join/1"


def test_a_record_s_size_is_never_less_than_its_json_by_much() -> None:
    record = from_message(message("event.join", 11, 10**9, b"x" * 1000))
    assert len(json.dumps(record.body)) * 0.95 < record.size < len(json.dumps(record.body)) * 1.5
