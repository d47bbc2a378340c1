"""An environment that was frozen during an outage of Kafka, longer than its token lives, publishes again."""

import time
from pathlib import Path

import pytest

from tests.chaos.frozen_client import TOKEN_LIFE_S, Sent, frozen_client
from tests.tls_kafka import tls_kafka
from tests.waiting import until

pytestmark = pytest.mark.chaos


def test_the_breaker_of_a_frozen_environment_closes_although_its_token_has_expired(tmp_path: Path) -> None:
    """It works only while it sends: within a probe it connects over TLS, is refused, and fetches a token."""
    with tls_kafka(tmp_path) as kafka, frozen_client(kafka.environ, kafka.certificate) as client:
        until(lambda: client.send().published)
        kafka.service.suspend()
        during = client.send()
        frozen_at = time.monotonic()
        assert (during.published, during.open) == (False, True)
        kafka.service.kill()
        kafka.service.start()
        until(lambda: time.monotonic() > frozen_at + TOKEN_LIFE_S)
        sends: list[Sent] = []

        def published() -> bool:
            sends.append(client.send())
            return sends[-1].published

        until(published)
        assert not sends[-1].open
        assert sends[-1].tokens > during.tokens, "the token was fetched by these sends"
        assert client.send().published
