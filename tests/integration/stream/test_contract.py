"""The behaviour of every publisher, the fake and the real one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import pytest
from confluent_kafka import Message

from eventrush.errors import PublishError
from eventrush.models import Entry
from eventrush.settings import StreamSettings
from eventrush.stream.message import decode
from eventrush.stream.publisher import GuardedPublisher, StreamPublisher
from join.service import Publisher
from local.ports import free_port
from tests.deliveries import an_entry
from tests.fakes.publisher import FakePublisher
from tests.integration.stream.conftest import arrived


@dataclass(frozen=True)
class Publishers:
    """A publisher with what has arrived, and a publisher whose Kafka is down."""

    publisher: StreamPublisher | FakePublisher
    arrived: Callable[[int], list[Entry]]
    down: StreamPublisher | FakePublisher


def entry_of(message: Message) -> Entry:
    headers = cast("list[tuple[str, bytes]]", message.headers() or [])
    return decode(message.value(), dict(headers))


@pytest.fixture(params=["fake", "real"])
def publishers(request: pytest.FixtureRequest) -> Publishers:
    if request.param == "fake":
        fake = FakePublisher()
        return Publishers(fake, lambda _count: fake.published, FakePublisher(down=True))
    settings: StreamSettings = request.getfixturevalue("settings")
    down = replace(settings, bootstrap_servers=f"127.0.0.1:{free_port()}", publish_timeout_ms=200)

    def entries(count: int) -> list[Entry]:
        return sorted(map(entry_of, arrived(settings, count)), key=lambda entry: entry.seat_no)

    return Publishers(StreamPublisher.connect(settings), entries, StreamPublisher.connect(down))


def test_acknowledged_entries_have_arrived_unchanged(publishers: Publishers) -> None:
    entries = [an_entry("default", seat) for seat in (1, 2, 3)]
    for entry in entries:
        publishers.publisher.publish(entry)
    assert publishers.arrived(3) == entries


def test_publishing_again_is_another_record(publishers: Publishers) -> None:
    entry = an_entry("default", 1)
    publishers.publisher.publish(entry)
    publishers.publisher.publish(entry)
    assert publishers.arrived(2) == [entry, entry]


@pytest.mark.parametrize("timeout_s", [None, 0.1])
def test_an_entry_not_acknowledged_in_time_is_an_error(publishers: Publishers, timeout_s: float | None) -> None:
    with pytest.raises(PublishError):
        publishers.down.publish(an_entry("default", 1), timeout_s)


def test_a_guarded_publisher_publishes_and_raises(publishers: Publishers) -> None:
    guarded: Publisher = GuardedPublisher(publishers.publisher, 60)
    guarded.publish(an_entry("default", 1))
    assert len(publishers.arrived(1)) == 1
    with pytest.raises(PublishError):
        GuardedPublisher(publishers.down, 60).publish(an_entry("default", 2))
