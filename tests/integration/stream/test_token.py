"""A breaker closes on a Kafka whose client connects over TLS and fetches its token within the probe."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from confluent_kafka import Producer

from eventrush.errors import PublishError
from eventrush.models import Entry
from eventrush.settings import StreamSettings
from eventrush.stream.publisher import GuardedPublisher, StreamPublisher
from local.ports import HOST
from tests.deliveries import an_entry
from tests.integration.stream.conftest import arrived
from tests.tls_kafka import TlsKafka, Tokens, tls_kafka
from tests.waiting import until

TOKEN_S: Final = 0.5


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[TlsKafka]:
    with tls_kafka(tmp_path) as kafka:
        yield kafka


@dataclass
class ColdPublisher:
    """Publishes as an environment that was frozen until its token had expired: each send connects and fetches one."""

    config: dict[str, Any]
    settings: StreamSettings
    sends_s: list[float] = field(default_factory=list)

    def publish(self, entry: Entry, timeout_s: float | None = None) -> None:
        started = time.monotonic()
        publisher = StreamPublisher(
            lambda: Producer(self.config), self.settings.topic, self.settings.publish_timeout_ms / 1000
        )
        try:
            publisher.publish(entry, timeout_s)
        finally:
            self.sends_s.append(time.monotonic() - started)


def test_a_probe_that_fetches_a_token_closes_the_breaker(kafka: TlsKafka) -> None:
    settings = StreamSettings.from_env(kafka.environ)
    tokens = Tokens(TOKEN_S)
    publisher = ColdPublisher(tokens.config(settings, kafka.certificate), settings)
    guarded = GuardedPublisher(publisher, 0.2)

    def published() -> bool:
        try:
            guarded.publish(an_entry("default", 1))
        except PublishError:
            return False
        return True

    kafka.service.suspend()
    assert not published()
    assert guarded.open
    kafka.service.resume()
    until(published)
    assert not guarded.open
    assert publisher.sends_s[-1] > TOKEN_S, "the probe had to wait for its token"
    assert tokens.count == len(publisher.sends_s)
    plain = settings.model_copy(update={"bootstrap_servers": f"{HOST}:{kafka.service.port}"})
    assert len(arrived(plain, 1)) >= 1
