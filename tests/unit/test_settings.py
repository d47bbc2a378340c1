"""A missing or malformed setting is one sentence that names the variable, never its value."""

import dataclasses
import re
import traceback
from enum import Enum
from pathlib import Path

import pytest

from eventrush.errors import SettingsError
from eventrush.settings import (
    EventSettings,
    GateIdentity,
    GateSettings,
    Identity,
    KafkaAuth,
    LedgerSettings,
    StreamSettings,
)

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

type Settings = type[GateSettings | StreamSettings | LedgerSettings | EventSettings]

GATE = {"REDIS_URL": "redis://127.0.0.1:6379/0"}
STREAM = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092"}
LEDGER = {"MYSQL_HOST": "127.0.0.1", "MYSQL_USER": "eventrush", "MYSQL_PASSWORD": "hunter2-secret"}

MISSING = [
    (GateSettings, GATE, "REDIS_URL"),
    (StreamSettings, STREAM, "KAFKA_BOOTSTRAP_SERVERS"),
    (LedgerSettings, LEDGER, "MYSQL_HOST"),
    (LedgerSettings, LEDGER, "MYSQL_USER"),
]

MALFORMED = [
    (GateSettings, GATE, "REDIS_URL", "secret.example:6379"),
    (GateSettings, GATE, "GATE_IDENTITY", "secret"),
    (GateSettings, GATE, "GATE_REPLICA_ACKS", "-1"),
    (GateSettings, GATE, "GATE_REPLICA_ACKS", "secret"),
    (GateSettings, GATE, "GATE_TIMEOUT_MS", "5001"),
    (GateSettings, GATE, "GATE_TIMEOUT_MS", "0.4s-secret"),
    (StreamSettings, STREAM, "KAFKA_BOOTSTRAP_SERVERS", "secret.example"),
    (StreamSettings, STREAM, "KAFKA_BOOTSTRAP_SERVERS", "a:1,,b:2"),
    (StreamSettings, STREAM, "KAFKA_CLUSTER_ARN", "arn:aws:s3:::secret"),
    (StreamSettings, STREAM, "KAFKA_AUTH", "secret"),
    (StreamSettings, STREAM, "PUBLISH_TIMEOUT_MS", "2501"),
    (StreamSettings, STREAM, "BREAKER_RESET_S", "secret"),
    (LedgerSettings, LEDGER, "MYSQL_PORT", "65536"),
    (LedgerSettings, LEDGER, "MYSQL_TLS", "secret"),
    (LedgerSettings, LEDGER, "MYSQL_SECRET_ARN", "arn:aws:iam::123456789012:user/secret"),
    (EventSettings, {}, "DEFAULT_EVENT_ID", "Secret"),
    (EventSettings, {}, "IDENTITY", "secret"),
    (EventSettings, {}, "RETENTION_DAYS", "0"),
    (EventSettings, {}, "RECONCILE_EVERY_S", "0.5"),
    (EventSettings, {}, "RECONCILE_EVERY_S", "61"),
]


@pytest.mark.parametrize("empty", [False, True], ids=["absent", "empty"])
@pytest.mark.parametrize(("settings", "given", "name"), MISSING, ids=[name for *_, name in MISSING])
def test_a_missing_variable_is_named(settings: Settings, given: dict[str, str], name: str, *, empty: bool) -> None:
    environ = {key: value for key, value in given.items() if key != name} | ({name: ""} if empty else {})
    with pytest.raises(SettingsError, match=rf"^{name}: is required[^.\n]*\.$"):
        settings.from_env(environ)


@pytest.mark.parametrize(
    ("settings", "given", "name", "value"), MALFORMED, ids=[f"{name}={value}" for *_, name, value in MALFORMED]
)
def test_a_malformed_variable_is_named(settings: Settings, given: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}: [^\n]+\.$"):
        settings.from_env({**given, name: value})


@pytest.mark.parametrize(
    ("settings", "given"),
    [
        (GateSettings, {"REDIS_URL": "hunter2-secret"}),
        (LedgerSettings, {"MYSQL_HOST": "localhost", "MYSQL_PASSWORD": "hunter2-secret"}),
        (LedgerSettings, {**LEDGER, "MYSQL_PORT": "hunter2-secret"}),
    ],
)
def test_no_value_is_printed_in_a_traceback(settings: Settings, given: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.from_env(given)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_the_password_is_not_in_the_settings_repr() -> None:
    assert "hunter2" not in repr(LedgerSettings.from_env(LEDGER))


def test_defaults_are_as_documented() -> None:
    gate, stream = GateSettings.from_env(GATE), StreamSettings.from_env(STREAM)
    ledger, event = LedgerSettings.from_env(LEDGER), EventSettings.from_env({})
    assert (gate.identity, gate.replica_acks, gate.timeout_ms) == (GateIdentity.RUN_ID, 0, 400)
    assert (stream.topic, stream.consumer_group, stream.auth) == (
        "event.join",
        "event-consumer-group",
        KafkaAuth.PLAINTEXT,
    )
    assert stream.publish_timeout_ms <= 2000, "every response is sent within 3 s, whatever is down"
    assert (ledger.port, ledger.database) == (3306, "eventrush")
    assert (event.default_event_id, event.retention_days) == ("default", 30)
    assert event.reconcile_every_s == 5
    assert event.identity is Identity.BODY


def test_a_cluster_arn_replaces_bootstrap_servers_and_a_secret_replaces_a_user() -> None:
    StreamSettings.from_env({"KAFKA_CLUSTER_ARN": "arn:aws:kafka:us-east-1:123456789012:cluster/eventrush/1"})
    LedgerSettings.from_env(
        {"MYSQL_HOST": "db", "MYSQL_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:eventrush"}
    )


def written(default: object) -> str:
    """Format a default as the page does."""
    if default is dataclasses.MISSING:
        return "required"
    if default is None or default == "":
        return ""
    return f"`{default.value if isinstance(default, Enum) else default}`"


def test_the_docs_list_every_setting_with_its_default() -> None:
    models = (GateSettings, StreamSettings, LedgerSettings, EventSettings)
    code = {
        setting.metadata["name"]: written(setting.default) for model in models for setting in dataclasses.fields(model)
    }
    page = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) ?\|", PAGE.read_text(), re.MULTILINE))
    assert page == code
