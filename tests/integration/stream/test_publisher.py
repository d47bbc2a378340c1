"""Acknowledged entries have arrived once; entries that are not acknowledged raise within the time-out."""

import time
from collections import Counter
from dataclasses import replace

import pytest
from confluent_kafka import Producer

from eventrush.errors import PublishError
from eventrush.settings import StreamSettings
from eventrush.stream.client import producer_config
from eventrush.stream.message import decode, encode
from eventrush.stream.publisher import GuardedPublisher, StreamPublisher
from local.ports import free_port
from local.servers import Stack
from tests.deliveries import an_entry
from tests.integration.stream.conftest import PARTITIONS, arrived, set_fatal
from tests.waiting import until


@pytest.fixture
def publisher(settings: StreamSettings) -> StreamPublisher:
    return StreamPublisher.connect(settings)


def test_a_record_is_the_encoded_entry(settings: StreamSettings, publisher: StreamPublisher) -> None:
    entry = an_entry("default", 7)
    publisher.publish(entry)
    (message,) = arrived(settings, 1)
    assert (message.key(), message.value(), message.headers()) == encode(entry)


def test_entries_arrive_once_on_all_partitions(settings: StreamSettings, publisher: StreamPublisher) -> None:
    entries = [an_entry("default", seat) for seat in range(1, 301)]
    for entry in entries:
        publisher.publish(entry)
    messages = arrived(settings, 300)
    seats = Counter(decode(message.value(), {}).seat_no for message in messages)
    assert seats == Counter(range(1, 301))
    per_partition = Counter(message.partition() for message in messages)
    assert set(per_partition) == set(range(PARTITIONS))
    assert min(per_partition.values()) > 50, "keys are spread over the partitions"


def test_records_of_one_user_keep_their_order_on_one_partition(
    settings: StreamSettings, publisher: StreamPublisher
) -> None:
    for seat in range(1, 21):
        publisher.publish(an_entry("default", seat, "w"))
    messages = arrived(settings, 20)
    assert len({message.partition() for message in messages}) == 1
    assert [decode(message.value(), {}).seat_no for message in messages] == list(range(1, 21))


def test_many_entries_are_published_concurrently(settings: StreamSettings, publisher: StreamPublisher) -> None:
    assert publisher.publish_all([an_entry("default", seat) for seat in range(1, 1001)], 5.0) == [True] * 1000
    assert len(arrived(settings, 1000)) == 1000
    assert publisher.publish_all([]) == []


def fails_within(publisher: StreamPublisher | GuardedPublisher, limit_s: float) -> None:
    started = time.monotonic()
    with pytest.raises(PublishError):
        publisher.publish(an_entry("default", 2))
    assert time.monotonic() - started < limit_s


def test_a_suspended_kafka_costs_one_time_out_until_it_resumes(
    stack: Stack, settings: StreamSettings, publisher: StreamPublisher
) -> None:
    guarded = GuardedPublisher(publisher, 5)
    timeout_s = settings.publish_timeout_ms / 1000
    guarded.publish(an_entry("default", 1))
    stack.services["kafka"].suspend()
    try:
        fails_within(guarded, timeout_s + 1)
        fails_within(guarded, timeout_s / 2)
    finally:
        stack.services["kafka"].resume()

    def published() -> bool:
        try:
            guarded.publish(an_entry("default", 4))
        except PublishError:
            return False
        return True

    until(published)
    assert not guarded.open
    seats = {decode(message.value(), {}).seat_no for message in arrived(settings, 2)}
    assert {1, 4} <= seats


def test_a_kafka_that_is_down_fails_within_the_time_out(settings: StreamSettings) -> None:
    down = replace(settings, bootstrap_servers=f"127.0.0.1:{free_port()}", publish_timeout_ms=1000)
    started = time.monotonic()
    publisher = StreamPublisher.connect(down)
    assert time.monotonic() - started < 2, "init continues without Kafka"
    fails_within(publisher, 2)


def test_a_failed_delivery_is_not_acknowledged(settings: StreamSettings) -> None:
    """The client library reports the failure before our own time-out."""
    down = replace(settings, bootstrap_servers=f"127.0.0.1:{free_port()}", publish_timeout_ms=100)
    publisher = StreamPublisher.connect(down)
    assert publisher.publish_all([an_entry("default", 1)], 5.0) == [False]


def test_a_publisher_made_during_an_outage_works_after_it(stack: Stack, settings: StreamSettings) -> None:
    stack.services["kafka"].suspend()
    try:
        publisher = StreamPublisher.connect(replace(settings, publish_timeout_ms=300))
    finally:
        stack.services["kafka"].resume()

    def published() -> bool:
        return publisher.publish_all([an_entry("default", 1)], 1.0) == [True]

    until(published)


def test_a_producer_in_fatal_state_is_replaced(settings: StreamSettings) -> None:
    made: list[Producer] = []

    def make_producer() -> Producer:
        made.append(Producer(producer_config(settings)))
        return made[-1]

    publisher = StreamPublisher(make_producer, settings.topic, settings.publish_timeout_ms / 1000)
    publisher.publish(an_entry("default", 1))
    set_fatal(made[0])
    publisher.publish(an_entry("default", 2))
    assert len(made) == 2
    assert len(arrived(settings, 2)) == 2
