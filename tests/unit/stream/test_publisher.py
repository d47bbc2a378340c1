"""The circuit breaker: after a time-out, only short probes wait for Kafka."""

from datetime import UTC, datetime

import pytest

from eventrush.errors import PublishError
from eventrush.models import Entry
from eventrush.stream.publisher import PROBE_TIMEOUT_S, GuardedPublisher
from tests.fakes.publisher import FakePublisher

ENTRY = Entry("default", "3", 1, datetime(2026, 11, 22, 9, tzinfo=UTC), 1, "a")
LONG_S, AT_ONCE_S = 60.0, 1e-6


def fail(guarded: GuardedPublisher) -> None:
    with pytest.raises(PublishError):
        guarded.publish(ENTRY)


def test_a_closed_breaker_publishes() -> None:
    stream = FakePublisher()
    guarded = GuardedPublisher(stream, LONG_S)
    guarded.publish(ENTRY)
    guarded.publish(ENTRY)
    assert stream.published == [ENTRY, ENTRY]
    assert not guarded.open


def test_one_time_out_opens_the_breaker() -> None:
    stream = FakePublisher(down=True)
    guarded = GuardedPublisher(stream, LONG_S)
    fail(guarded)
    fail(guarded)
    fail(guarded)
    assert guarded.open
    assert len(stream.timeouts_s) == 1


def test_after_the_reset_time_one_short_probe_is_sent() -> None:
    stream = FakePublisher(down=True)
    guarded = GuardedPublisher(stream, AT_ONCE_S)
    fail(guarded)
    fail(guarded)
    assert stream.timeouts_s == [None, PROBE_TIMEOUT_S]
    assert guarded.open


def test_an_acknowledged_probe_closes_the_breaker() -> None:
    stream = FakePublisher(down=True)
    guarded = GuardedPublisher(stream, AT_ONCE_S)
    fail(guarded)
    stream.down = False
    guarded.publish(ENTRY)
    guarded.publish(ENTRY)
    assert not guarded.open
    assert stream.timeouts_s == [None, PROBE_TIMEOUT_S, None]
    assert stream.published == [ENTRY, ENTRY]
