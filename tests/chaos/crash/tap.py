"""Taps every call that leaves a process, and can kill the process just before or just after any one of them.

It wraps the client libraries, not our code: whatever new call our code makes is tapped as well. Importing this module
wraps them, so it must be imported before the code that is to be tapped.
"""

import functools
import hashlib
import os
import signal
from collections import Counter
from collections.abc import Callable
from importlib import resources
from typing import Any, Final

import confluent_kafka
import pymysql.connections
import redis.client

from tests.chaos.crash.kill import Kill

# How often something is waited for is chance: all of it is one call, that ends when something has come.
_WAITING: Final = frozenset({"Producer.poll", "Producer.flush", "Consumer.poll", "Consumer.consume"})
# What confluent-kafka does without a word to the broker.
_WITHIN: Final = frozenset({"pause", "resume", "assignment", "position", "memberid", "store_offsets", "assign"})


class Tap:
    """The calls of this process so far, in their order; each name is numbered where it comes again."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.kill: Kill | None = None
        self._counts: Counter[str] = Counter()

    def through(self, name: str, call: Callable[[], Any]) -> Any:
        """Make a call, dying before or after it where that is due."""
        point = self._point(name)
        answer = None
        try:
            answer = call()
        finally:
            if name not in _WAITING or answer:
                self._die_if_due(point, "after")
        return answer

    def _point(self, name: str) -> str:
        self._counts[name] += 1
        if self._counts[name] > 1 and name in _WAITING:
            return name
        point = name if self._counts[name] == 1 else f"{name} #{self._counts[name]}"
        self.calls.append(point)
        self._die_if_due(point, "before")
        return point

    def _die_if_due(self, point: str, side: str) -> None:
        if self.kill == (point, side):
            os.kill(os.getpid(), signal.SIGKILL)


TAP: Final = Tap()


def _tapped(method: Callable[..., Any], name_of: Callable[..., str]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        return TAP.through(name_of(*args), lambda: method(*args, **kwargs))

    return call


@functools.cache
def _scripts() -> dict[str, str]:
    folder = resources.files("eventrush.gate")
    lua = [file for file in folder.iterdir() if file.name.endswith(".lua")]
    return {hashlib.sha1(file.read_bytes()).hexdigest(): file.name for file in lua}  # noqa: S324 Redis names them so


def _redis_command(_client: Any, *args: Any) -> str:
    words = [_scripts().get(str(args[1]), "?")] if args[0] == "EVALSHA" else []
    return " ".join(["Redis", str(args[0]), *words])


def _redis_pipeline(pipeline: Any, *_args: Any) -> str:
    return " ".join(["Redis", *(str(args[0]) for args, _options in pipeline.command_stack)])


def _mysql_query(_connection: Any, sql: Any, *_args: Any) -> str:
    text = bytes(sql).decode() if isinstance(sql, bytes | bytearray) else sql
    return f"MySQL {' '.join(text.split())[:32]}"


def _client(kind: type, name: str) -> type:
    """Make a class whose every public method is tapped: these libraries' own cannot be changed, only inherited."""
    methods = {
        method: value
        for method, value in vars(kind).items()
        if callable(value) and not method.startswith("_") and method not in _WITHIN
    }
    return type(
        name,
        (kind,),
        {
            method: _tapped(value, functools.partial(lambda named, *_args: named, f"{name}.{method}"))
            for method, value in methods.items()
        },
    )


def _wrap(owner: Any, name: str, name_of: Callable[..., str]) -> None:
    setattr(owner, name, _tapped(getattr(owner, name), name_of))


_wrap(redis.client.Redis, "execute_command", _redis_command)
_wrap(redis.client.Pipeline, "execute", _redis_pipeline)
_wrap(pymysql.connections.Connection, "query", _mysql_query)
for _name in ("connect", "commit", "rollback"):
    _wrap(pymysql.connections.Connection, _name, lambda *_args, named=_name: f"MySQL {named}")
for _name in ("Producer", "Consumer"):
    setattr(confluent_kafka, _name, _client(getattr(confluent_kafka, _name), _name))
