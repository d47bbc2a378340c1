"""Runs the gate's Lua scripts, which are the files beside this module, and translates errors of Redis."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib import resources
from itertools import batched
from typing import Any, Final

from redis import Redis
from redis import exceptions as redis_errors
from redis.commands.core import Script

from eventrush.errors import GateUnavailableError
from eventrush.gate.codec import EventKeys
from eventrush.gate.connection import RUN_ID

logger = logging.getLogger(__name__)

# Redis cannot decide now; a bug in a script raises a plain ResponseError, which is not translated.
UNAVAILABLE: Final = (
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    redis_errors.ReadOnlyError,
    redis_errors.OutOfMemoryError,
    redis_errors.MasterDownError,
    redis_errors.TryAgainError,
)
# The same, for errors without a class in redis-py: the disk is full, too few replicas are connected, a script runs on.
_UNAVAILABLE_CODES: Final = ("MISCONF", "NOREPLICAS", "BUSY ")
# Each writes four bits: other clients wait for a millisecond at most.
_CONFIRMED_AT_ONCE: Final = 100
REPLICA_TIMEOUT_MS: Final = 50
PIPELINED: Final = 500  # commands in one round trip: other clients wait for some milliseconds at most
# A demoted primary keeps its connections; the minimum time between closing them to find the new one (seconds).
_RECONNECT_EVERY_S: Final = 1.0


@cache
def _sources() -> dict[str, str]:
    files = resources.files(__package__).iterdir()
    return {file.name.removesuffix(".lua"): file.read_text("utf-8") for file in files if file.name.endswith(".lua")}


class Scripts:
    """The scripts of one Redis client, each called by its file's name.

    Every call raises `GateUnavailableError` when Redis does not answer; whether the script ran is then unknown.
    """

    def __init__(self, client: Redis, replica_acks: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a client whose connections replace `RUN_ID`, how many replicas must have a claim, a clock (seconds)."""
        self._client = client
        self._local = threading.local()  # the connection of each thread; an environment has one
        self._replica_acks = replica_acks
        self._clock = clock
        self._scripts: dict[str, Script] = {name: client.register_script(text) for name, text in _sources().items()}
        self._reconnected_at = -_RECONNECT_EVERY_S
        self._moved = False

    def call(self, name: str, keys: Sequence[str], *args: str | int) -> Any:
        """Run a script on the connection of this thread; if that breaks, run it once more on a new one."""
        script = self._scripts[name]
        try:
            connection = self._connection()
            retry = connection.retry.call_with_retry
            return self._loaded(
                script,
                lambda: retry(lambda: connection.evaluate(script.sha, keys, args), lambda _: connection.disconnect()),
            )
        except redis_errors.RedisError as exc:
            raise self._translated(exc) from exc

    def _connection(self) -> Any:
        """Return this thread's connection, which no pool gives to others; connect it if it is closed."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._client.connection_pool.get_connection()
        elif not connection.is_connected:
            connection.connect()
        return connection

    def attempt(self, name: str, keys: Sequence[str], *args: str | int) -> None:
        """Run a script whose result does not matter: an error of Redis is ignored, and changes no connection."""
        with suppress(redis_errors.RedisError):
            self._scripts[name](keys=keys, args=args)

    def call_each(self, name: str, keys_of_calls: Iterable[Sequence[str]], *args: str | int) -> Iterator[Any]:
        """Run a script once for each of these keys, hundreds in one round trip; yields the replies in that order."""
        script = self._scripts[name]
        for chunk in batched(keys_of_calls, PIPELINED, strict=False):
            with self.client() as client:
                replies = self._loaded(script, partial(_pipelined, client, script.sha, chunk, args))
            yield from replies

    def claim(self, keys: Sequence[str], user_id: str, attempt_id: str) -> tuple[list[int], bool]:
        """Run `claim.lua`; the second value is whether enough replicas have the claim (True if none are required)."""
        if not self._replica_acks:
            return self.call("claim", keys, RUN_ID, user_id, attempt_id), True
        script = self._scripts["claim"]
        with self.client():
            return self._loaded(script, lambda: self._claim_and_wait(script.sha, keys, user_id, attempt_id))

    def _loaded[T](self, script: Script, run: Callable[[], T]) -> T:
        """Return what `run` returns, which names the script by its hash; load it first if the server lacks it."""
        try:
            return run()
        except redis_errors.NoScriptError:
            self._client.script_load(script.script)
            return run()

    def _claim_and_wait(self, sha: str, keys: Sequence[str], user_id: str, attempt_id: str) -> tuple[list[int], bool]:
        """Claim and wait in one round trip on one connection, since WAIT counts the replicas that have its writes."""
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.evalsha(sha, len(keys), *keys, RUN_ID, user_id, attempt_id)
            pipeline.wait(self._replica_acks, REPLICA_TIMEOUT_MS)
            reply, acks = pipeline.execute(raise_on_error=False)
        if isinstance(reply, Exception):
            raise reply
        return reply, isinstance(acks, int) and acks >= self._replica_acks  # on a replica, WAIT is an error

    def confirm(self, keys: EventKeys, identity: str, user_ids: Sequence[str]) -> int:
        """Run `confirm.lua` in chunks; the identity is `RUN_ID`, or the mark of a rebuild."""
        used = (keys.rules, keys.pending, keys.confirmed)
        return sum(
            int(self.call("confirm", used, identity, *chunk))
            for chunk in batched(user_ids, _CONFIRMED_AT_ONCE, strict=False)
        )

    def reconnect(self) -> None:
        """Close connections, at most once a second, because a demoted primary keeps its connections open."""
        now = self._clock()
        if now - self._reconnected_at >= _RECONNECT_EVERY_S:
            self._reconnected_at = now
            self._client.connection_pool.disconnect(inuse_connections=False)
            if hasattr(self._local, "connection"):
                self._local.connection.disconnect()

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Yield the client for plain commands; its errors are translated as those of scripts are."""
        try:
            yield self._client
        except redis_errors.RedisError as exc:
            raise self._translated(exc) from exc

    def _translated(self, error: redis_errors.RedisError) -> Exception:
        """Return the error to raise; a bug in a script stays what it is."""
        if isinstance(error, redis_errors.ReadOnlyError):
            # A demoted primary keeps its connections: close them, so that the next call finds the new primary.
            self._client.connection_pool.disconnect()
            return GateUnavailableError("Redis is read-only: a failover is in progress.")
        if isinstance(error, redis_errors.MovedError):
            if not self._moved:
                self._moved = True
                logger.error("REDIS_URL leads to a cluster of several shards; the gate needs one")
            return GateUnavailableError("Redis is a cluster of several shards, and the gate needs one.")
        if isinstance(error, UNAVAILABLE):
            return GateUnavailableError("Redis does not answer.")
        if isinstance(error, redis_errors.ResponseError) and str(error).startswith(_UNAVAILABLE_CODES):
            return GateUnavailableError("Redis accepts no writes now.")
        return error


def _pipelined(client: Redis, sha: str, keys_of_calls: Iterable[Sequence[str]], args: Sequence[str | int]) -> list[Any]:
    with client.pipeline(transaction=False) as pipeline:
        for keys in keys_of_calls:
            pipeline.evalsha(sha, len(keys), *keys, *args)
        return pipeline.execute()
