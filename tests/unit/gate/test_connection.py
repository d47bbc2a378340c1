"""Whatever way Redis is reached, a connection knows its server."""

import pytest
from redis.connection import Connection, ConnectionPool, SSLConnection

from eventrush.gate.connection import RUN_ID, identify


@pytest.mark.parametrize("hidden", [False, True], ids=["run id", "hidden"])
@pytest.mark.parametrize(("url", "kind"), [("redis://r:1/0", Connection), ("rediss://r:1/0", SSLConnection)])
def test_a_pool_s_connections_stay_plain_or_tls(url: str, kind: type[Connection], *, hidden: bool) -> None:
    pool = identify(ConnectionPool.from_url(url), hidden=hidden)
    assert issubclass(pool.connection_class, kind)
    assert issubclass(pool.connection_class, SSLConnection) is (kind is SSLConnection)


def test_the_placeholder_is_no_run_id() -> None:
    assert len(RUN_ID) != 40
