"""Connections that identify their server, over plain TCP and TLS."""

import pytest
from redis.connection import Connection, SSLConnection

from eventrush.gate.connection import RUN_ID, connect
from eventrush.settings import GateSettings


@pytest.mark.parametrize("identity", ["run-id", "blank"])
@pytest.mark.parametrize(("url", "kind"), [("redis://r:1/0", Connection), ("rediss://r:1/0", SSLConnection)])
def test_a_connection_keeps_the_transport_of_its_url(url: str, kind: type[Connection], identity: str) -> None:
    client = connect(GateSettings.from_env({"REDIS_URL": url, "GATE_IDENTITY": identity}))
    used = client.connection_pool.connection_class
    assert issubclass(used, kind)
    assert issubclass(used, SSLConnection) is (kind is SSLConnection)


def test_the_placeholder_is_not_a_run_id() -> None:
    assert len(RUN_ID) != 40
