"""The gate's Lua scripts: read once from beside this file, called with the connection's run id first."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any, Final

from redis import Redis
from redis import exceptions as redis_errors
from redis.commands.core import Script

from eventrush.errors import GateUnavailableError
from eventrush.gate.connection import RUN_ID

# What says that Redis cannot decide now; a bug in a script is a plain ResponseError and stays one.
UNAVAILABLE = (
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    redis_errors.ReadOnlyError,
    redis_errors.OutOfMemoryError,
    redis_errors.MasterDownError,
    redis_errors.TryAgainError,
)
# The same, of errors that redis-py has no class for: the disk is full, too few replicas are there.
_UNAVAILABLE_CODES: Final = ("MISCONF", "NOREPLICAS")
REPLICA_TIMEOUT_MS: Final = 50
_LOOK_AGAIN_S: Final = 1.0


@cache
def _source(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.lua").read_text("utf-8")


class Scripts:
    """The scripts on one Redis client, each called by its file's name.

    Every call raises `GateUnavailableError` when Redis did not answer: what the script did is then unknown.
    """

    def __init__(self, client: Redis, replica_acks: int = 0) -> None:
        """Take a client whose connections know their server, and how many replicas must hold a claim."""
        self._client = client
        self._replica_acks = replica_acks
        self._scripts: dict[str, Script] = {}
        self._looked_at = 0.0

    def call(self, name: str, keys: Sequence[str], *args: str | int) -> Any:
        """Run a script with just these arguments."""
        with self._translated():
            return self._script(name)(keys=keys, args=args)

    def identified(self, name: str, keys: Sequence[str], *args: str | int) -> Any:
        """Run a script whose first argument is the run id of the server that runs it."""
        return self.call(name, keys, RUN_ID, *args)

    def claim(self, keys: Sequence[str], user_id: str, attempt_id: str) -> tuple[list[int], bool]:
        """Run the claim; the second answer is whether enough replicas hold it (always, where none are asked for)."""
        if not self._replica_acks:
            return self.identified("claim", keys, user_id, attempt_id), True
        script = self._script("claim")
        with self._translated():
            try:
                return self._claim_and_wait(script.sha, keys, user_id, attempt_id)
            except redis_errors.NoScriptError:
                self._client.script_load(script.script)
                return self._claim_and_wait(script.sha, keys, user_id, attempt_id)

    def _claim_and_wait(self, sha: str, keys: Sequence[str], user_id: str, attempt_id: str) -> tuple[list[int], bool]:
        """Claim and wait in one round trip on one connection, whose writes are what WAIT counts the replicas of."""
        with self._client.pipeline(transaction=False) as pipeline:
            pipeline.evalsha(sha, len(keys), *keys, RUN_ID, user_id, attempt_id)
            pipeline.wait(self._replica_acks, REPLICA_TIMEOUT_MS)
            reply, acks = pipeline.execute(raise_on_error=False)
        if isinstance(reply, Exception):
            raise reply
        return reply, isinstance(acks, int) and acks >= self._replica_acks  # a replica refuses to wait

    def look_again(self) -> None:
        """Leave the connections, once a second at most: a demoted primary keeps them, and the new one may know more."""
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_AGAIN_S:
            self._looked_at = now
            self._client.connection_pool.disconnect(inuse_connections=False)

    @contextmanager
    def client(self) -> Iterator[Any]:
        """Give the client for plain commands, with its errors translated like a script's."""
        with self._translated():
            yield self._client

    def _script(self, name: str) -> Script:
        if name not in self._scripts:
            self._scripts[name] = self._client.register_script(_source(name))
        return self._scripts[name]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except redis_errors.ReadOnlyError as exc:
            # A demoted primary keeps its connections: leave them, so that the next call asks who is primary now.
            self._client.connection_pool.disconnect()
            raise GateUnavailableError("Redis is read-only: a failover is under way.") from exc
        except UNAVAILABLE as exc:
            raise GateUnavailableError("Redis does not answer.") from exc
        except redis_errors.ResponseError as exc:
            if not str(exc).startswith(_UNAVAILABLE_CODES):
                raise
            raise GateUnavailableError("Redis does not take writes now.") from exc
