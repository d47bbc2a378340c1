"""An environment is connected before its first request."""

from collections.abc import Iterator

import pytest
import redis

from cli.environment import environment
from join import dependencies
from local.servers import Stack
from tests.integration.conftest import new_id


@pytest.fixture
def _environ(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in environment(stack).items():
        monkeypatch.setenv(name, value)
    dependencies.dependencies.cache_clear()
    yield
    dependencies.dependencies.cache_clear()


@pytest.mark.usefixtures("_environ")
def test_the_first_claim_uses_the_connection_opened_at_init(raw: redis.Redis) -> None:
    before = {client["id"] for client in raw.client_list()}
    gate = dependencies.dependencies().gate
    [opened] = [client for client in raw.client_list() if client["cmd"] == "ping" and client["id"] not in before]
    gate.claim(new_id(), "w", "a")
    [used] = [client for client in raw.client_list() if client["id"] == opened["id"]]
    assert used["cmd"] == "evalsha"
