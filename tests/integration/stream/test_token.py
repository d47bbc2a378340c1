"""A breaker closes on a Kafka whose client connects over TLS and fetches its token within the probe."""

from pathlib import Path

from confluent_kafka import Producer

from eventrush.errors import PublishError
from eventrush.models import Entry
from eventrush.settings import StreamSettings
from eventrush.stream.publisher import GuardedPublisher, StreamPublisher
from local.ports import HOST
from tests.deliveries import an_entry
from tests.integration.stream.conftest import arrived, set_fatal
from tests.tls_kafka import TlsKafka, Tokens, tls_kafka
from tests.waiting import until


class NewClients:
    """A publisher that has to replace its client for each send: it connects, and fetches a token."""

    def __init__(self, kafka: TlsKafka) -> None:
        settings = StreamSettings.from_env(kafka.environ)
        self.tokens = Tokens()
        self.clients: list[Producer] = []
        config = self.tokens.config(settings, kafka.certificate)

        def make_producer() -> Producer:
            self.clients.append(Producer(config))
            return self.clients[-1]

        self._publisher = StreamPublisher(make_producer, settings.topic, settings.publish_timeout_ms / 1000)
        self._publisher.warm_up()

    def publish(self, entry: Entry, timeout_s: float | None = None) -> None:
        set_fatal(self.clients[-1])
        self._publisher.publish(entry, timeout_s)


def test_a_probe_that_fetches_a_token_closes_the_breaker(tmp_path: Path) -> None:
    with tls_kafka(tmp_path) as kafka:
        publisher = NewClients(kafka)
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
        assert publisher.tokens.count == len(publisher.clients) >= 3, "the first, the one of the outage, the probe's"
        settings = StreamSettings.from_env({"KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{kafka.service.port}"})
        assert len(arrived(settings, 1)) >= 1
