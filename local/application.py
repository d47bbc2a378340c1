"""The template's functions on given servers: the HTTP API, the Kafka source and the schedules."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local import template
from local.http_api import HttpApi
from local.kafka_source import KafkaSource
from local.scheduler import Scheduler


@contextmanager
def application(  # noqa: PLR0913 - most have a default
    settings: Mapping[str, str],
    logs: Path,
    *,
    bootstrap_servers: str,
    topics: Sequence[str] | None = None,
    group: str | None = None,
    port: int = 0,
    workers: int = 2,
) -> Iterator[HttpApi]:
    """Run everything for the length of the block; port 0 takes a free one. WorkersError when a part does not start.

    `settings` are environment variables over the template's, `topics` and `group` override those of its Kafka mapping.
    """
    log = logs / "http-api.log"
    with (
        HttpApi(template.load().api(), settings=settings, port=port, workers=workers, log=log) as api,
        background(settings, logs, bootstrap_servers=bootstrap_servers, topics=topics, group=group),
    ):
        yield api


@contextmanager
def background(  # noqa: PLR0913 - most have a default
    settings: Mapping[str, str],
    logs: Path,
    *,
    bootstrap_servers: str,
    topics: Sequence[str] | None = None,
    group: str | None = None,
    endpoint_url: str | None = None,
    consumers: int | None = None,
) -> Iterator[None]:
    """Run the Kafka source and the schedules only; `endpoint_url` invokes functions that run elsewhere."""
    found = template.load()
    with ExitStack() as parts:
        source = KafkaSource(
            found.consumer(),
            bootstrap_servers=bootstrap_servers,
            settings=settings,
            topics=topics,
            group=group,
            endpoint_url=endpoint_url,
            consumers=consumers,
            log=logs / "kafka-source.log",
        )
        parts.enter_context(source)
        for function in found.scheduled():
            log = logs / f"{function.name}.log"
            parts.enter_context(Scheduler(function, settings=settings, endpoint_url=endpoint_url, log=log))
        yield
