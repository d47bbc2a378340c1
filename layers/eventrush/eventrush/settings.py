"""Every setting of the layer: environment variables, read and checked in this one place."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from eventrush.errors import SettingsError
from eventrush.identifiers import EventId

Text = Annotated[str, StringConstraints(min_length=1)]


class _Settings(BaseModel):
    """Settings of one service; a field's alias is its environment variable, an empty variable is an absent one."""

    # Pydantic's own error, the cause of ours, would print what was given: a password, say.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; raises `SettingsError` with one sentence that names the variable, never its value."""
        given = {name: value for name, value in environ.items() if value}
        try:
            return cls.model_validate(given)
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            name = first["loc"][0] if first["loc"] else ""
            message = "is not set" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{name}: {message}." if name else f"{message}.") from exc


class GateIdentity(StrEnum):
    """How a gate that lost its memory is told."""

    RUN_ID = "run-id"
    BLANK = "blank"


class GateSettings(_Settings):
    """Where Redis is, and how far it is trusted."""

    redis_url: str = Field(alias="REDIS_URL", pattern=r"^rediss?://")
    identity: GateIdentity = Field(GateIdentity.RUN_ID, alias="GATE_IDENTITY")
    replica_acks: int = Field(0, alias="GATE_REPLICA_ACKS", ge=0, le=5)
    timeout_ms: int = Field(400, alias="GATE_TIMEOUT_MS", ge=10, le=5000)


class KafkaAuth(StrEnum):
    """How Kafka knows us."""

    PLAINTEXT = "plaintext"
    IAM = "iam"


class StreamSettings(_Settings):
    """Where Kafka is and how long its acknowledgement may take."""

    bootstrap_servers: str | None = Field(
        None, alias="KAFKA_BOOTSTRAP_SERVERS", pattern=r"^[^\s:,]+:\d+(,[^\s:,]+:\d+)*$"
    )
    cluster_arn: str | None = Field(None, alias="KAFKA_CLUSTER_ARN", pattern=r"^arn:aws[\w-]*:kafka:")
    auth: KafkaAuth = Field(KafkaAuth.PLAINTEXT, alias="KAFKA_AUTH")
    topic: Text = Field("event.join", alias="KAFKA_TOPIC")
    consumer_group: Text = Field("event-consumer-group", alias="KAFKA_CONSUMER_GROUP")
    publish_timeout_ms: int = Field(1500, alias="PUBLISH_TIMEOUT_MS", ge=50, le=2500)
    breaker_reset_s: float = Field(3.0, alias="BREAKER_RESET_S", gt=0, le=60)

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.bootstrap_servers and not self.cluster_arn:
            raise ValueError("KAFKA_BOOTSTRAP_SERVERS: is not set, and neither is KAFKA_CLUSTER_ARN")
        return self


class MysqlTls(StrEnum):
    """How the way to MySQL is protected."""

    OFF = "off"
    REQUIRED = "required"
    VERIFIED = "verified"


class LedgerSettings(_Settings):
    """Where MySQL is and who we are there."""

    host: Text = Field(alias="MYSQL_HOST")
    port: int = Field(3306, alias="MYSQL_PORT", ge=1, le=65535)
    database: Text = Field("eventrush", alias="MYSQL_DATABASE")
    user: str | None = Field(None, alias="MYSQL_USER")
    password: str = Field("", alias="MYSQL_PASSWORD", repr=False)
    secret_arn: str | None = Field(None, alias="MYSQL_SECRET_ARN", pattern=r"^arn:aws[\w-]*:secretsmanager:")
    tls: MysqlTls = Field(MysqlTls.OFF, alias="MYSQL_TLS")
    ca_file: Path | None = Field(None, alias="MYSQL_CA_FILE")

    @model_validator(mode="after")
    def _someone(self) -> Self:
        if not self.user and not self.secret_arn:
            raise ValueError("MYSQL_USER: is not set, and neither is MYSQL_SECRET_ARN")
        return self


class EventSettings(_Settings):
    """What concerns events themselves."""

    default_event_id: EventId = Field("default", alias="DEFAULT_EVENT_ID")
    retention_days: int = Field(30, alias="RETENTION_DAYS", ge=1, le=3650)
    overdue_s: float = Field(30.0, alias="RECONCILE_OVERDUE_S", ge=1, le=3600)
