"""Dependencies are connected according to the environment; a wrong setting is one sentence."""

import io
import os
from collections.abc import Iterator

import pytest

from eventrush.errors import SettingsError
from join import dependencies, handler
from local.ports import free_port
from tests.context import lambda_context
from tests.samples import sample


@pytest.fixture(autouse=True)
def _without_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith(("REDIS_", "KAFKA_", "GATE_", "DEFAULT_EVENT_ID", "IDENTITY")):
            monkeypatch.delenv(name)
    dependencies.dependencies.cache_clear()
    yield
    dependencies.dependencies.cache_clear()


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    with pytest.raises(SettingsError, match=r"^REDIS_URL: is required\.$"):
        handler.lambda_handler(sample("join-winner"), lambda_context())


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_malformed_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1")
    with pytest.raises(SettingsError, match=r"^KAFKA_BOOTSTRAP_SERVERS: "):
        handler.lambda_handler(sample("join-winner"), lambda_context())


@pytest.mark.enable_socket
@pytest.mark.parametrize(("identity", "status"), [("", 503), ("body", 503), ("token", 401)])
def test_who_a_user_is_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, logged: io.StringIO, identity: str, status: int
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("PUBLISH_TIMEOUT_MS", "50")
    monkeypatch.setenv("IDENTITY", identity)
    assert handler.lambda_handler(sample("join-winner"), lambda_context())["statusCode"] == status
    assert "the gate does not answer at init" in logged.getvalue()


@pytest.mark.enable_socket
def test_a_gate_that_does_not_answer_at_init_is_one_log_line(
    monkeypatch: pytest.MonkeyPatch, logged: io.StringIO
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.setenv("PUBLISH_TIMEOUT_MS", "50")
    dependencies.dependencies()
    [line] = logged.getvalue().splitlines()
    assert "the gate does not answer at init" in line
