"""The settings of the layer: environment variables, read and checked here only."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from eventrush.errors import SettingsError
from eventrush.identifiers import EVENT_ID, PATTERN_MEANING

# How long after a claim was first sent its seat may still be promised (seconds). Join asks the gate again after it, and
# a rebuild waits as long between closing the gate and reading the stream. It is not a setting, because both must agree.
PUBLISH_DEADLINE_S: Final = 4.0


def _variable(name: str, read: Callable[[str], object] = str, meaning: str = "") -> dict[str, Any]:
    """Return a field's metadata: its variable, and how to read it; `read` raises `ValueError` for another meaning."""
    return {"name": name, "read": read, "meaning": meaning}


def _matching(name: str, pattern: str) -> dict[str, Any]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return _variable(name, read, PATTERN_MEANING.get(pattern, f"must match {pattern}"))


def _one_of(name: str, values: type[StrEnum]) -> dict[str, Any]:
    return _variable(name, values, f"must be one of {', '.join(values)}")


def _number(name: str, kind: type[int | float], least: float, most: float) -> dict[str, Any]:
    def read(text: str) -> float:
        value = kind(text)
        if not least <= value <= most:
            raise ValueError
        return value

    return _variable(name, read, f"must be {'an integer' if kind is int else 'a number'} from {least} to {most}")


@dataclass(frozen=True)
class _Settings:
    """The settings of one service; an empty variable counts as absent."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; raises `SettingsError` with one sentence that names the variable, never its value."""
        given: dict[str, Any] = {}
        for setting in fields(cls):
            name, text = setting.metadata["name"], environ.get(setting.metadata["name"])
            if text:
                try:
                    given[setting.name] = setting.metadata["read"](text)
                except ValueError:  # it prints the value, which may be a password
                    raise SettingsError(f"{name}: {setting.metadata['meaning']}.") from None
            elif setting.default is MISSING:
                raise SettingsError(f"{name}: is required.")
        return cls(**given)


class Switch(StrEnum):
    """Whether something is done."""

    ON = "on"
    OFF = "off"


class GateIdentity(StrEnum):
    """How a lost gate is recognized."""

    RUN_ID = "run-id"
    BLANK = "blank"


@dataclass(frozen=True)
class GateSettings(_Settings):
    """How to reach Redis, and what is required of it."""

    redis_url: str = field(metadata=_matching("REDIS_URL", r"rediss?://.*"))
    identity: GateIdentity = field(default=GateIdentity.RUN_ID, metadata=_one_of("GATE_IDENTITY", GateIdentity))
    replica_acks: int = field(default=0, metadata=_number("GATE_REPLICA_ACKS", int, 0, 5))
    timeout_ms: int = field(default=400, metadata=_number("GATE_TIMEOUT_MS", int, 10, 5000))
    remember: Switch = field(default=Switch.ON, metadata=_one_of("GATE_REMEMBER", Switch))


class KafkaAuth(StrEnum):
    """How clients authenticate to Kafka."""

    PLAINTEXT = "plaintext"
    IAM = "iam"


@dataclass(frozen=True)
class StreamSettings(_Settings):
    """How to reach Kafka, and how long its acknowledgement may take."""

    bootstrap_servers: str | None = field(
        default=None, metadata=_matching("KAFKA_BOOTSTRAP_SERVERS", r"[^\s:,]+:\d+(,[^\s:,]+:\d+)*")
    )
    cluster_arn: str | None = field(default=None, metadata=_matching("KAFKA_CLUSTER_ARN", r"arn:aws[\w-]*:kafka:.*"))
    auth: KafkaAuth = field(default=KafkaAuth.PLAINTEXT, metadata=_one_of("KAFKA_AUTH", KafkaAuth))
    topic: str = field(default="event.join", metadata=_variable("KAFKA_TOPIC"))
    consumer_group: str = field(default="event-consumer-group", metadata=_variable("KAFKA_CONSUMER_GROUP"))
    publish_timeout_ms: int = field(default=1500, metadata=_number("PUBLISH_TIMEOUT_MS", int, 50, 2500))
    breaker_reset_s: float = field(default=3.0, metadata=_number("BREAKER_RESET_S", float, 0.001, 60))

    def __post_init__(self) -> None:
        if not self.bootstrap_servers and not self.cluster_arn:
            raise SettingsError("KAFKA_BOOTSTRAP_SERVERS: is required, or else KAFKA_CLUSTER_ARN.")


class MysqlTls(StrEnum):
    """How the connection to MySQL is encrypted."""

    OFF = "off"
    REQUIRED = "required"
    VERIFIED = "verified"


@dataclass(frozen=True)
class LedgerSettings(_Settings):
    """How to reach MySQL, and which account to use."""

    host: str = field(metadata=_variable("MYSQL_HOST"))
    port: int = field(default=3306, metadata=_number("MYSQL_PORT", int, 1, 65535))
    database: str = field(default="eventrush", metadata=_variable("MYSQL_DATABASE"))
    user: str | None = field(default=None, metadata=_variable("MYSQL_USER"))
    password: str = field(default="", repr=False, metadata=_variable("MYSQL_PASSWORD"))
    secret_arn: str | None = field(
        default=None, metadata=_matching("MYSQL_SECRET_ARN", r"arn:aws[\w-]*:secretsmanager:.*")
    )
    tls: MysqlTls = field(default=MysqlTls.OFF, metadata=_one_of("MYSQL_TLS", MysqlTls))
    ca_file: Path | None = field(default=None, metadata=_variable("MYSQL_CA_FILE", Path))

    def __post_init__(self) -> None:
        if not self.user and not self.secret_arn:
            raise SettingsError("MYSQL_USER: is required, or else MYSQL_SECRET_ARN.")


class Identity(StrEnum):
    """Who says which user a request is of: its body, or the claims of its token."""

    BODY = "body"
    TOKEN = "token"  # noqa: S105 not a password


@dataclass(frozen=True)
class EventSettings(_Settings):
    """The settings that concern events."""

    default_event_id: str = field(default="default", metadata=_matching("DEFAULT_EVENT_ID", EVENT_ID))
    identity: Identity = field(default=Identity.BODY, metadata=_one_of("IDENTITY", Identity))
    retention_days: int = field(default=30, metadata=_number("RETENTION_DAYS", int, 1, 3650))
    reconcile_every_s: float = field(default=5.0, metadata=_number("RECONCILE_EVERY_S", float, 1, 60))
