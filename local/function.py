"""What one Lambda function of the template is, as far as this machine can mirror it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Route:
    """An HTTP API route; `method` is ANY for all, `path` is None for $default."""

    method: str
    path: str | None

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
    """A schedule; `source` is whose event the function is given, `event` what it is given instead, as JSON."""

    expression: str
    source: str = "aws.events"
    event: str | None = None


@dataclass(frozen=True)
class Function:
    """A function: its handler, its settings, its limits and what starts it."""

    name: str
    handler: str
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: int = 3
    memory_mb: int = 128
    routes: tuple[Route, ...] = ()
    mappings: tuple[KafkaMapping, ...] = ()
    schedules: tuple[Schedule, ...] = ()

    def bare(self) -> dict[str, str | int]:
        """Return what its processes are told of it: the rest is in their environment or their own settings."""
        return {
            "name": self.name,
            "handler": self.handler,
            "timeout_s": self.timeout_s,
            "memory_mb": self.memory_mb,
        }
