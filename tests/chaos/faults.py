"""The faults: what happens to servers, to the way there, to the ledger's user and to the application's processes."""

import getpass
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pymysql
from pymysql.cursors import Cursor

from cli.environment import kafka_options
from local import template
from local.kafka_source import KafkaSource
from local.servers import Service, Stack
from local.supervisor import WorkerPool
from tests.chaos.proxied_stack import Toxiproxy
from tests.chaos.system import System
from tests.waiting import until

_FREEZE_S: Final = 10.0
_LEDGER_S: Final = 4.0
_NETWORK_S: Final = 1.0
_REPEATS: Final = 4
_REBALANCES: Final = 3


def kill(server: Service) -> None:
    """Kill a server and start it again with its data."""
    server.kill()
    server.start()


def empty(server: Service) -> None:
    """Kill a server and start it again without its data."""
    server.kill()
    server.wipe()
    server.start()


def freeze(server: Service) -> None:
    """Suspend a server for a while."""
    server.suspend()
    try:
        time.sleep(_FREEZE_S)
    finally:
        server.resume()


# Name of the scenario: the server, and what happens to it.
SERVER_FAULTS: Final[dict[str, tuple[str, Callable[[Service], None]]]] = {
    "Redis killed, back with its file": ("redis", kill),
    "Redis killed, back empty": ("redis", empty),
    "Kafka killed": ("kafka", kill),
    "MySQL killed": ("mysql", kill),
    "Redis frozen 10 s": ("redis", freeze),
    "Kafka frozen 10 s": ("kafka", freeze),
    "MySQL frozen 10 s": ("mysql", freeze),
}


def drop_replies(proxy: Toxiproxy, server: str) -> None:
    """Let requests through and drop the replies; every other time connections break in the middle of a reply."""
    for turn in range(_REPEATS):
        with proxy.toxic(server, "timeout", timeout=300) if turn % 2 else proxy.toxic(server, "limit_data", bytes=3000):
            time.sleep(_NETWORK_S)
        time.sleep(_NETWORK_S / 2)


def slow_down(proxy: Toxiproxy, server: str) -> None:
    """Delay replies, some for longer than our clients wait."""
    with proxy.toxic(server, "latency", latency=350, jitter=300):
        time.sleep(_REPEATS * _NETWORK_S)


def cut(proxy: Toxiproxy, server: str) -> None:
    """Cut every connection several times."""
    for _ in range(_REPEATS):
        with proxy.cut(server):
            time.sleep(_NETWORK_S / 2)
        time.sleep(_NETWORK_S / 2)


NETWORK_FAULTS: Final[dict[str, Callable[[Toxiproxy, str], None]]] = {
    "replies dropped": drop_replies,
    "slow": slow_down,
    "connections cut": cut,
}


def make_read_only(stack: Stack) -> None:
    """Refuse every write to the ledger for a while."""
    with mysql_root(stack) as cursor:
        cursor.execute("SET GLOBAL read_only = ON")
        try:
            time.sleep(_LEDGER_S)
        finally:
            cursor.execute("SET GLOBAL read_only = OFF")


def revoke_rights(stack: Stack) -> None:
    """Revoke the rights of the ledger's user for a while, and end its connections, which would keep them."""
    with mysql_root(stack) as cursor:
        cursor.execute("REVOKE ALL PRIVILEGES ON eventrush.* FROM eventrush@'127.0.0.1'")
        cursor.execute("KILL USER eventrush@'127.0.0.1'")
        try:
            time.sleep(_LEDGER_S)
        finally:
            cursor.execute("GRANT ALL PRIVILEGES ON eventrush.* TO eventrush@'127.0.0.1'")


@contextmanager
def mysql_root(stack: Stack) -> Iterator[Cursor]:
    """Log in to a native MySQL by its socket, as the owner of the server."""
    socket: Path = stack.directory / "mysql" / "mysql.sock"
    with pymysql.connect(unix_socket=str(socket), user=getpass.getuser()) as connection, connection.cursor() as cursor:
        yield cursor


def kill_workers(workers: WorkerPool) -> None:
    """Kill a worker and, when it has been replaced, another one."""
    number = len(workers.pids)
    for _ in range(2):
        victim = random.choice(workers.pids)  # noqa: S311 no secret
        os.kill(victim, signal.SIGKILL)
        until(partial(_is_replaced, workers, victim, number))


def _is_replaced(workers: WorkerPool, victim: int, number: int) -> bool:
    return len({*workers.pids} - {victim}) == number


@contextmanager
def suspended(workers: WorkerPool) -> Iterator[None]:
    """Suspend the workers for the block."""
    pids = workers.pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def rebalance(system: System) -> None:
    """Add a consumer to the group and remove it several times, while batches are being processed."""
    for turn in range(_REBALANCES):
        log = system.logs / f"rebalance-{turn}.log"
        with KafkaSource(
            template.load().consumer(), settings=system.settings, **kafka_options(system.settings), consumers=1, log=log
        ):
            until(partial(_is_assigned, log))


def _is_assigned(log: Path) -> bool:
    """Report whether the consumer has been assigned its partitions, which may be none."""
    return "Reads " in log.read_text()
