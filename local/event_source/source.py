"""Start the Kafka event source beside the caller and stop it."""

import dataclasses
import logging
from collections.abc import Mapping
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from local.environment import environment
from local.function import Function, KafkaMapping
from local.workers import Crew

# A consumer too many idles; one too few is a brake for as long as this runs.
_UNKNOWN = 3

_logger = logging.getLogger(__name__)


class EventSource(Crew):
    """The Kafka mapping of a function: a consumer for each partition, as far as the mapping's pollers go.

    `settings` are environment variables over the template's; KAFKA_BOOTSTRAP_SERVERS must be among them. Handlers run
    in the consumers' processes, or, with `endpoint_url`, behind an endpoint such as `sam local start-lambda`'s.
    WorkersError where they do not come up; a broker that does not answer yet is waited for.
    """

    def __init__(
        self,
        function: Function,
        *,
        settings: Mapping[str, str],
        endpoint_url: str | None = None,
        consumers: int | None = None,
        log: Path = Path(".local/event-source.log"),
    ) -> None:
        [mapping] = function.mappings
        mapping = with_settings(mapping, settings)
        bootstrap_servers = settings["KAFKA_BOOTSTRAP_SERVERS"]
        count = consumers or min(mapping.max_pollers, _partitions(mapping, bootstrap_servers))
        worker_settings = {
            "function": function.bare(),
            "mapping": dataclasses.asdict(mapping),
            "bootstrap_servers": bootstrap_servers,
            "endpoint_url": endpoint_url,
        }
        super().__init__("local.event_source.worker", count, worker_settings, environment(function, settings), log)


def with_settings(mapping: KafkaMapping, settings: Mapping[str, str]) -> KafkaMapping:
    """Return the mapping with the topic and group of the settings, which the producer goes by too."""
    return dataclasses.replace(
        mapping,
        topics=(settings["KAFKA_TOPIC"],) if "KAFKA_TOPIC" in settings else mapping.topics,
        group=settings.get("KAFKA_CONSUMER_GROUP", mapping.group),
    )


def _partitions(mapping: KafkaMapping, bootstrap_servers: str) -> int:
    """Return how many partitions the topics have, or a guess while they are on their way."""
    admin = AdminClient({"bootstrap.servers": bootstrap_servers}, logger=_logger)
    try:
        known = admin.list_topics(timeout=5).topics
    except KafkaException:
        known = {}
    counts = [len(known[topic].partitions) if topic in known else _UNKNOWN for topic in mapping.topics]
    return sum(counts)
