"""A function as the template declares it, and the account in which everything on this machine runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"


@dataclass(frozen=True)
class JwtConfiguration:
    """Whose tokens a JWT authorizer accepts, and for which audience, one of several."""

    issuer: str
    audience: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """An HTTP API route; `method` is ANY for all methods, `path` is None for $default, `jwt` is its authorizer's."""

    method: str
    path: str | None
    jwt: JwtConfiguration | None = None

    @property
    def key(self) -> str:
        """Return the route key as API Gateway writes it."""
        return "$default" if self.path is None else f"{self.method} {self.path}"


@dataclass(frozen=True)
class KafkaMapping:
    """A Kafka event-source mapping."""

    topics: tuple[str, ...]
    group: str
    stream_arn: str
    batch_size: int = 100
    window_s: float = 0.5
    max_pollers: int = 1
    from_earliest: bool = True
    reports_failures: bool = False


@dataclass(frozen=True)
class Schedule:
    """A schedule; `source` is the service whose event the function gets, `event` the JSON that replaces that event."""

    expression: str
    source: str = "aws.events"
    event: str | None = None


@dataclass(frozen=True)
class Function:
    """A function: its handler, settings and limits, and what invokes it."""

    name: str
    handler: str
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: int = 3
    memory_mb: int = 128
    routes: tuple[Route, ...] = ()
    mappings: tuple[KafkaMapping, ...] = ()
    schedules: tuple[Schedule, ...] = ()
