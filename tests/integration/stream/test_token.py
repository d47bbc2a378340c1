"""A breaker closes on a Kafka whose client connects over TLS and fetches its token within the probe."""

import base64
import json
import subprocess
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
from eventrush.stream.client import producer_config
from eventrush.stream.publisher import GuardedPublisher, StreamPublisher
from local.ports import HOST, free_port
from local.servers.native import NativeService
from local.servers.native_servers import kafka_server, program
from tests.deliveries import an_entry
from tests.integration.stream.conftest import arrived
from tests.waiting import until

# The IAM token of a role comes over the network, and its library imports boto3 first.
TOKEN_S: Final = 0.5
ARN: Final = "arn:aws:kafka:eu-west-1:111122223333:cluster/test/0"


@dataclass(frozen=True)
class TlsKafka:
    """A broker with a listener for TLS and tokens, beside the one of `service.port` without; tokens are not signed."""

    service: NativeService
    port: int
    certificate: Path


@pytest.fixture
def kafka(tmp_path: Path) -> Iterator[TlsKafka]:
    key, certificate, both = (tmp_path / name for name in ("key.pem", "certificate.pem", "both.pem"))
    make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=kafka"]
    files = ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([program("openssl", "openssl"), *make, *files], check=True, capture_output=True)  # noqa: S603 our own arguments
    both.write_text(key.read_text() + certificate.read_text())
    plain, controller, tls = free_port(), free_port(), free_port()
    module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
    properties = {
        "listeners": f"PLAINTEXT://{HOST}:{plain},CONTROLLER://{HOST}:{controller},TLS://{HOST}:{tls}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SASL_SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(both),
        "sasl.enabled.mechanisms": "OAUTHBEARER",
        "listener.name.tls.oauthbearer.sasl.jaas.config": f'{module} required unsecuredLoginStringClaim_sub="broker";',
    }
    service = kafka_server(tmp_path / "kafka", plain, controller, properties, [tls])
    try:
        service.start()
        yield TlsKafka(service, tls, certificate)
    finally:
        service.stop()


def part(fields: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


@dataclass
class Tokens:
    """An `oauth_cb` that takes its time; counts the tokens."""

    count: int = 0

    def fetch(self, _config: str) -> tuple[str, float]:
        time.sleep(TOKEN_S)
        self.count += 1
        now = time.time()
        return f"{part({'alg': 'none'})}.{part({'sub': 'join', 'iat': now, 'exp': now + 900})}.", now + 900


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
    settings = StreamSettings.from_env(
        {"KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{kafka.port}", "KAFKA_AUTH": "iam", "KAFKA_CLUSTER_ARN": ARN}
    )
    tokens = Tokens()
    config = producer_config(settings) | {"oauth_cb": tokens.fetch, "ssl.ca.location": str(kafka.certificate)}
    publisher = ColdPublisher(config, settings)
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
