"""The template's functions on given servers: the HTTP API, the Kafka source and the schedules."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypedDict, Unpack

from local import template
from local.http_api import WORKERS, HttpApi
from local.kafka_source import KafkaOptions, KafkaSource
from local.scheduler import Scheduler


class ApiOptions(TypedDict, total=False):
    """Whose tokens the API accepts: the template's parameters for it, and where the keys are."""

    parameters: Mapping[str, str]
    jwks: str


@contextmanager
def application(  # noqa: PLR0913 - each names a different thing
    settings: Mapping[str, str],
    logs: Path,
    *,
    port: int = 0,
    workers: int = WORKERS,
    parameters: Mapping[str, str] | None = None,
    jwks: str | None = None,
    static: Mapping[str, Path] | None = None,
    **kafka: Unpack[KafkaOptions],
) -> Iterator[HttpApi]:
    """Run everything for the length of the block; port 0 takes a free one. WorkersError when a part does not start.

    `settings` are environment variables over the template's, `parameters` the template's for the API, `jwks` is where
    the keys are that its authorizers trust, `static` are files that it serves too.
    """
    log = logs / "http-api.log"
    function = template.load(parameters=parameters).api()
    with (
        HttpApi(function, settings=settings, port=port, workers=workers, jwks=jwks, static=static, log=log) as api,
        background(settings, logs, **kafka),
    ):
        yield api


@contextmanager
def background(
    settings: Mapping[str, str],
    logs: Path,
    *,
    endpoint_url: str | None = None,
    consumers: int | None = None,
    **kafka: Unpack[KafkaOptions],
) -> Iterator[None]:
    """Run the Kafka source and the schedules only; `endpoint_url` invokes functions that run elsewhere."""
    found = template.load()
    with ExitStack() as parts:
        source = KafkaSource(
            found.consumer(),
            log=logs / "kafka-source.log",
            settings=settings,
            endpoint_url=endpoint_url,
            consumers=consumers,
            **kafka,
        )
        parts.enter_context(source)
        for function in found.scheduled():
            log = logs / f"{function.name}.log"
            parts.enter_context(Scheduler(function, settings=settings, endpoint_url=endpoint_url, log=log))
        yield
