"""Records of the mapping are decoded exactly as they were sent, whatever a producer wrote."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import KafkaEvent

from persist.handler import records
from tests.samples import sample


def one(**changes: Any) -> dict[str, Any]:
    event = sample("persist-one")
    event["records"]["event.join-0"][0] |= changes
    return event


@pytest.mark.parametrize("name", ["persist-batch", "persist-one", "persist-poison"])
def test_records_are_decoded_as_powertools_decodes_them(name: str) -> None:
    read, expected = list(records(sample(name))), list(KafkaEvent(sample(name)).records)
    assert [(r.topic, r.partition, r.offset) for r in read] == [(r.topic, r.partition, r.offset) for r in expected]
    assert [(r.key, r.value) for r in read] == [(r.decoded_key, r.decoded_value) for r in expected]
    assert [r.headers for r in read] == [r.decoded_headers for r in expected]


def test_offsets_ascend_within_each_partition() -> None:
    positions = [(record.partition, record.offset) for record in records(sample("persist-batch"))]
    assert positions == sorted(positions)
    assert len(positions) == 6


def test_a_record_s_timestamp_is_utc() -> None:
    (record,) = records(sample("persist-one"))
    assert record.timestamp == datetime(2026, 11, 22, 9, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize("missing", ["key", "value", "headers"])
def test_a_missing_part_of_a_record_is_empty(missing: str) -> None:
    event = one()
    del event["records"]["event.join-0"][0][missing]
    (record,) = records(event)
    assert not getattr(record, missing)


def test_a_null_key_or_value_is_none() -> None:
    (record,) = records(one(key=None, value=None))
    assert (record.key, record.value) == (None, None)


def test_signed_bytes_of_a_header_are_converted() -> None:
    (record,) = records(one(headers=[{"attempt": [-61, -87, 97]}]))
    assert record.headers == {"attempt": b"\xc3\xa9a"}


@pytest.mark.parametrize("timestamp", [-1, 0, -(10**18), 10**18])
def test_any_timestamp_is_accepted(timestamp: int) -> None:
    (record,) = records(one(timestamp=timestamp))
    assert record.timestamp.tzinfo is UTC
