"""The settings of the layer: environment variables, read and checked here only."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from eventrush.errors import SettingsError
from eventrush.identifiers import EventId
from eventrush.validation import sentence

# How long after a claim was first sent its seat may still be promised (seconds). Join asks the gate again after it, and
# a rebuild waits as long between closing the gate and reading the stream. It is not a setting, because both must agree.
PUBLISH_DEADLINE_S: Final = 4.0

Text = Annotated[str, StringConstraints(min_length=1)]


class _Settings(BaseModel):
    """The settings of one service; a field's alias is its environment variable, an empty variable counts as absent."""

    # Pydantic's error, the cause of ours, would print the value, which may be a password.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings; raises `SettingsError` with one sentence that names the variable, never its value."""
        given = {name: value for name, value in environ.items() if value}
        try:
            return cls.model_validate(given)
        except ValidationError as exc:
            raise SettingsError(f"{sentence(exc)}.") from exc


class Switch(StrEnum):
    """Whether something is done."""

    ON = "on"
    OFF = "off"


class GateIdentity(StrEnum):
    """How a lost gate is recognized."""

    RUN_ID = "run-id"
    BLANK = "blank"


class GateSettings(_Settings):
    """How to reach Redis, and what is required of it."""

    redis_url: str = Field(alias="REDIS_URL", pattern=r"^rediss?://")
    identity: GateIdentity = Field(GateIdentity.RUN_ID, alias="GATE_IDENTITY")
    replica_acks: int = Field(0, alias="GATE_REPLICA_ACKS", ge=0, le=5)
    timeout_ms: int = Field(400, alias="GATE_TIMEOUT_MS", ge=10, le=5000)
    remember: Switch = Field(Switch.ON, alias="GATE_REMEMBER")


class KafkaAuth(StrEnum):
    """How clients authenticate to Kafka."""

    PLAINTEXT = "plaintext"
    IAM = "iam"


class StreamSettings(_Settings):
    """How to reach Kafka, and how long its acknowledgement may take."""

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
    def _require_brokers(self) -> Self:
        if not self.bootstrap_servers and not self.cluster_arn:
            raise ValueError("KAFKA_BOOTSTRAP_SERVERS: is required, or else KAFKA_CLUSTER_ARN")
        return self


class MysqlTls(StrEnum):
    """How the connection to MySQL is encrypted."""

    OFF = "off"
    REQUIRED = "required"
    VERIFIED = "verified"


class LedgerSettings(_Settings):
    """How to reach MySQL, and which account to use."""

    host: Text = Field(alias="MYSQL_HOST")
    port: int = Field(3306, alias="MYSQL_PORT", ge=1, le=65535)
    database: Text = Field("eventrush", alias="MYSQL_DATABASE")
    user: str | None = Field(None, alias="MYSQL_USER")
    password: str = Field("", alias="MYSQL_PASSWORD", repr=False)
    secret_arn: str | None = Field(None, alias="MYSQL_SECRET_ARN", pattern=r"^arn:aws[\w-]*:secretsmanager:")
    tls: MysqlTls = Field(MysqlTls.OFF, alias="MYSQL_TLS")
    ca_file: Path | None = Field(None, alias="MYSQL_CA_FILE")

    @model_validator(mode="after")
    def _require_account(self) -> Self:
        if not self.user and not self.secret_arn:
            raise ValueError("MYSQL_USER: is required, or else MYSQL_SECRET_ARN")
        return self


class EventSettings(_Settings):
    """The settings that concern events."""

    default_event_id: EventId = Field("default", alias="DEFAULT_EVENT_ID")
    retention_days: int = Field(30, alias="RETENTION_DAYS", ge=1, le=3650)
    reconcile_every_s: float = Field(5.0, alias="RECONCILE_EVERY_S", ge=1, le=60)
