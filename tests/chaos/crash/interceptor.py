"""Intercepts every call that leaves a process, and can kill the process just before or just after any one of them.

It wraps the client libraries, not our code: a call that is added to our code later is intercepted as well. Importing
this module wraps them, so it must be imported before the code whose calls are intercepted.
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

from tests.chaos.crash.crash_process import CrashPoint

# How often these are called is chance: all calls of one are the same call, which ends when it returns something.
_POLLING: Final = frozenset({"Producer.poll", "Producer.flush", "Consumer.poll", "Consumer.consume"})
# What confluent-kafka does without a request to the broker.
_LOCAL: Final = frozenset({"pause", "resume", "assignment", "position", "memberid", "store_offsets", "assign"})


class Interceptor:
    """The calls of this process so far, in their order; a repeated name gets a number."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.crash_point: CrashPoint | None = None
        self._counts: Counter[str] = Counter()

    def call(self, name: str, method: Callable[[], Any]) -> Any:
        """Make a call, and die before or after it where that is the crash point."""
        numbered = self._record(name)
        result = None
        try:
            result = method()
        finally:
            if name not in _POLLING or result:
                self._die_at(numbered, "after")
        return result

    def _record(self, name: str) -> str:
        self._counts[name] += 1
        if self._counts[name] > 1 and name in _POLLING:
            return name
        numbered = name if self._counts[name] == 1 else f"{name} #{self._counts[name]}"
        self.calls.append(numbered)
        self._die_at(numbered, "before")
        return numbered

    def _die_at(self, call: str, side: str) -> None:
        if self.crash_point == (call, side):
            os.kill(os.getpid(), signal.SIGKILL)


INTERCEPTOR: Final = Interceptor()


def _intercepted(method: Callable[..., Any], name_of: Callable[..., str]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        return INTERCEPTOR.call(name_of(*args), lambda: method(*args, **kwargs))

    return call


@functools.cache
def _script_names() -> dict[str, str]:
    scripts = [file for file in resources.files("eventrush.gate").iterdir() if file.name.endswith(".lua")]
    return {hashlib.sha1(file.read_bytes()).hexdigest(): file.name for file in scripts}  # noqa: S324 Redis's own names


def _redis_command(_client: Any, *args: Any) -> str:
    script = [_script_names().get(str(args[1]), "?")] if args[0] == "EVALSHA" else []
    return " ".join(["Redis", str(args[0]), *script])


def _redis_pipeline(pipeline: Any, *_args: Any) -> str:
    return " ".join(["Redis", *(str(args[0]) for args, _options in pipeline.command_stack)])


def _mysql_query(_connection: Any, sql: Any, *_args: Any) -> str:
    text = bytes(sql).decode() if isinstance(sql, bytes | bytearray) else sql
    return f"MySQL {' '.join(text.split())[:32]}"


def _intercepted_class(kind: type, name: str) -> type:
    """Return a subclass whose public methods are intercepted; a class written in C cannot be changed itself."""
    methods = {
        method: _intercepted(value, lambda *_args, call=f"{name}.{method}": call)
        for method, value in vars(kind).items()
        if callable(value) and not method.startswith("_") and method not in _LOCAL
    }
    return type(name, (kind,), methods)


def _wrap(owner: Any, method: str, name_of: Callable[..., str]) -> None:
    setattr(owner, method, _intercepted(getattr(owner, method), name_of))


_wrap(redis.client.Redis, "execute_command", _redis_command)
_wrap(redis.client.Pipeline, "execute", _redis_pipeline)
_wrap(pymysql.connections.Connection, "query", _mysql_query)
for _name in ("connect", "commit", "rollback"):
    _wrap(pymysql.connections.Connection, _name, lambda *_args, call=f"MySQL {_name}": call)
for _name in ("Producer", "Consumer"):
    setattr(confluent_kafka, _name, _intercepted_class(getattr(confluent_kafka, _name), _name))
