"""Redis servers that one test has for itself, and replicas of them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from local.ports import HOST, free_port
from local.servers.native_servers import program
from tests.waiting import until


@contextmanager
def redis_server(directory: Path, *options: str) -> Iterator[redis.Redis]:
    """Run a Redis without persistence and yield a client of it."""
    port = free_port()
    command = [program("redis-server", "redis-server"), "--bind", HOST, "--port", str(port)]
    server = subprocess.Popen([*command, "--dir", str(directory), "--save", "", *options], stdout=subprocess.DEVNULL)  # noqa: S603 our own arguments
    try:
        with redis.Redis(HOST, port) as client:
            until(lambda: _answers(client))
            yield client
    finally:
        server.terminate()
        server.wait()


@contextmanager
def replica_of(primary: redis.Redis, directory: Path) -> Iterator[redis.Redis]:
    """Run a replica of a server and yield a client of it once it is in sync."""
    port = str(primary.connection_pool.connection_kwargs["port"])
    with redis_server(directory, "--replicaof", HOST, port) as replica:
        until(lambda: primary.info("replication").get("slave0", {}).get("state") == "online")
        yield replica


def url_of(client: redis.Redis) -> str:
    """Return the URL of a client's server, as REDIS_URL takes it."""
    return f"redis://{HOST}:{client.connection_pool.connection_kwargs['port']}/0"


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
