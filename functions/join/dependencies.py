"""What JoinFunction depends on, connected once an environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from eventrush.errors import GateUnavailableError
from eventrush.gate.gate import Gate
from eventrush.settings import EventSettings, GateSettings, Identity, StreamSettings
from eventrush.stream.publisher import GuardedPublisher, StreamPublisher
from join import service
from join.counter import VerdictCounter
from join.request import READERS, Reader


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The gate, the stream, the event that `/api/event/join` joins, what counts verdicts, and who a user is."""

    gate: service.Gate
    publisher: service.Publisher
    default_event_id: str
    counter: VerdictCounter
    reader: Reader = READERS[Identity.BODY]


@cache
def dependencies() -> Dependencies:
    """Connect according to the environment variables; raises `SettingsError` naming an invalid one."""
    settings, events = StreamSettings.from_env(os.environ), EventSettings.from_env(os.environ)
    gate = Gate.connect(GateSettings.from_env(os.environ))
    try:
        gate.ping()
    except GateUnavailableError as exc:  # the first claim connects
        log_warning("the gate does not answer at init", exc)
    return Dependencies(
        gate=gate,
        publisher=GuardedPublisher(StreamPublisher.connect(settings), settings.breaker_reset_s),
        default_event_id=events.default_event_id,
        counter=_counter(os.environ),
        reader=READERS[events.identity],
    )


def _counter(environ: Mapping[str, str]) -> VerdictCounter:
    """Count by the variables that Powertools reads, so that all functions' metrics have one namespace."""
    disabled = environ.get("POWERTOOLS_METRICS_DISABLED", "").lower() in {"true", "1"}
    namespace = environ.get("POWERTOOLS_METRICS_NAMESPACE", "eventrush")
    service = environ.get("POWERTOOLS_SERVICE_NAME", "join")
    return VerdictCounter(namespace, service, str if disabled else sys.stdout.write)


def log_warning(message: str, exc: Exception) -> None:
    """Log a warning with its cause; few environments do, and Powertools would take a fifth of every init."""
    from aws_lambda_powertools import Logger  # noqa: PLC0415

    Logger().warning(message, exc_info=exc)
