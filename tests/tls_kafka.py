"""A Kafka that one test has for itself, with a listener for TLS and tokens, and clients that fetch such tokens."""

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eventrush.settings import StreamSettings
from eventrush.stream.client import producer_config
from local.ports import HOST, free_port
from local.servers.native import NativeService
from local.servers.native_servers import kafka_server, program

_MODULE: Final = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"


@dataclass(frozen=True)
class TlsKafka:
    """A broker: `port` is the listener for TLS and tokens, `service.port` one without; tokens are not signed."""

    service: NativeService
    port: int
    certificate: Path

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables of a client that authenticates as with MSK."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{self.port}",
            "KAFKA_AUTH": "iam",
            "KAFKA_CLUSTER_ARN": "arn:aws:kafka:eu-west-1:111122223333:cluster/test/0",
        }


@contextmanager
def tls_kafka(directory: Path) -> Iterator[TlsKafka]:
    """Run a broker with a certificate of its own."""
    key, certificate, both = (directory / name for name in ("key.pem", "certificate.pem", "both.pem"))
    make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=kafka"]
    files = ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([program("openssl", "openssl"), *make, *files], check=True, capture_output=True)  # noqa: S603 our own arguments
    both.write_text(key.read_text() + certificate.read_text())
    plain, controller, tls = free_port(), free_port(), free_port()
    properties = {
        "listeners": f"PLAINTEXT://{HOST}:{plain},CONTROLLER://{HOST}:{controller},TLS://{HOST}:{tls}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SASL_SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(both),
        "sasl.enabled.mechanisms": "OAUTHBEARER",
        "listener.name.tls.oauthbearer.sasl.jaas.config": f'{_MODULE} required unsecuredLoginStringClaim_sub="broker";',
    }
    service = kafka_server(directory / "kafka", plain, controller, properties, [tls])
    try:
        service.start()
        yield TlsKafka(service, tls, certificate)
    finally:
        service.stop()


@dataclass
class Tokens:
    """Tokens that take their time to fetch, as those of IAM come over the network; counts them."""

    fetch_s: float = 0.5
    timeout_s: float = 2.0
    life_s: float = 900.0
    count: int = 0

    def config(self, settings: StreamSettings, certificate: Path) -> dict[str, Any]:
        """Return a producer's configuration that trusts this certificate and fetches these tokens."""
        return producer_config(settings) | {"oauth_cb": self._fetch, "ssl.ca.location": str(certificate)}

    def _fetch(self, _config: str) -> tuple[str, float]:
        """Return a token; a process that is stopped meanwhile exceeds the time-out, as that of a request."""
        started = time.monotonic()
        for _ in range(50):
            time.sleep(self.fetch_s / 50)
        if time.monotonic() - started > self.timeout_s:
            raise TimeoutError
        self.count += 1
        now = time.time()
        claims = {"sub": "join", "iat": now, "exp": now + self.life_s}
        return f"{_part({'alg': 'none'})}.{_part(claims)}.", now + self.life_s


def _part(fields: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
