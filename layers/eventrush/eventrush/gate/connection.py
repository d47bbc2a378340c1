"""Connections that identify their server, so that a server which did not give the seats is never trusted.

A restart or a failover always breaks connections, and every new connection requests the server's run id once.
Scripts take `RUN_ID` as an argument; each connection replaces it by the run id of its own server, so that even a
command that redis-py retries on a new connection carries the identity of the server that executes it.
"""

from collections.abc import Sequence
from typing import Any, Final

from redis import ConnectionPool, Redis
from redis.backoff import ConstantBackoff
from redis.connection import Connection, SSLConnection
from redis.retry import Retry

from eventrush.settings import GateIdentity, GateSettings

RUN_ID: Final = "<run id>"


class _Identified:
    """Mixin for redis-py's connections: request the run id on connect, and replace `RUN_ID` by it."""

    run_id: str

    def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 redis-py's signature
        super().on_connect_check_health(check_health=check_health)  # type: ignore[misc]
        self.run_id = self._fetch_run_id()

    def _fetch_run_id(self) -> str:
        self.send_command("INFO", "server", check_health=False)
        lines: list[str] = self.read_response().decode().splitlines()  # type: ignore[attr-defined]
        return next(line.removeprefix("run_id:") for line in lines if line.startswith("run_id:"))

    def evaluate(self, sha: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """Run a loaded script: the shortest way that redis-py has to send a command and read its reply."""
        packed = self.pack_command("EVALSHA", sha, len(keys), *keys, *self._identify(args))  # type: ignore[attr-defined]
        self.send_packed_command(packed, check_health=False)  # type: ignore[attr-defined]
        return self.read_response()  # type: ignore[attr-defined]

    def send_command(self, *args: Any, **kwargs: Any) -> None:
        super().send_command(*self._identify(args), **kwargs)  # type: ignore[misc]

    def pack_commands(self, commands: list[tuple[Any, ...]]) -> list[bytes]:
        return super().pack_commands([self._identify(args) for args in commands])  # type: ignore[misc, no-any-return]

    def _identify(self, args: Sequence[Any]) -> Sequence[Any]:
        if RUN_ID not in args:
            return args
        if not self._sock:  # type: ignore[attr-defined]
            self.connect_check_health(check_health=False)  # type: ignore[attr-defined]
        return tuple(self.run_id if arg == RUN_ID else arg for arg in args)


class _Blank(_Identified):
    """Mixin for a Redis behind a proxy that hides run ids: a gate is recognized as lost only if it has no rules."""

    run_id = "blank"

    def _fetch_run_id(self) -> str:
        return self.run_id


class _IdentifiedPlain(_Identified, Connection):
    """Plain TCP."""


class _IdentifiedTls(_Identified, SSLConnection):
    """TLS."""


class _BlankPlain(_Blank, Connection):
    """Plain TCP, no run id."""


class _BlankTls(_Blank, SSLConnection):
    """TLS, no run id."""


def connect(settings: GateSettings) -> Redis:
    """Return a client; connections are opened on first use, and reopened when they break.

    A command is retried once, after 20 ms: running a script again is harmless, and a server that is down is reported
    within two time-outs.
    """
    timeout_s = settings.timeout_ms / 1000
    pool = ConnectionPool.from_url(
        settings.redis_url,
        protocol=2,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        socket_keepalive=True,
        retry=Retry(ConstantBackoff(0.02), retries=1),
        driver_info=None,
    )
    blank = settings.identity is GateIdentity.BLANK
    plain, tls = (_BlankPlain, _BlankTls) if blank else (_IdentifiedPlain, _IdentifiedTls)
    pool.connection_class = tls if issubclass(pool.connection_class, SSLConnection) else plain
    return Redis(connection_pool=pool)
