"""Serve HTTP with granian, one request at a time, without an event loop.

granian reads and writes HTTP in a thread of Rust and calls Python in one other thread. Its own servers hand every call
from there to asyncio in a third, by a write to a pipe, several times a request. Here a request is handled in the thread
that granian calls: half the processor time, and a second request waits until the first has its response.

The interface is ASGI because RSGI gives neither the path as it was sent nor headers outside visible ASCII.
"""

import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Final, Self

from granian import _granian

from local.ports import HOST

type Scope = dict[str, Any]
type Receive = Callable[[], Awaitable[dict[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Coroutine[Any, None, None]]

_CONNECTIONS: Final = 4096  # open ones, and as many that wait to be accepted


def serve(application: Application, port: int, *, ready: Callable[[], None], stopping: threading.Event) -> None:
    """Serve until `stopping` is set; requests that were accepted get their response first.

    granian binds with SO_REUSEPORT: each process has its own queue of connections on the one port. `ready` is called
    once this process listens.
    """
    logging.getLogger("_granian").setLevel(logging.WARNING)
    ended = threading.Event()
    stop = _granian.WorkerSignal()
    stop.add_cb(ended.set)
    loop = _Loop()
    listener = _granian.ListenerSpec(HOST, port, _CONNECTIONS)
    make_worker: Any = _granian.ASGIWorker  # its stub lacks a parameter and the method
    worker = make_worker(1, (listener, None), None, backpressure=_CONNECTIONS)
    worker.serve_async(_Scheduler(loop, application), loop, stop)
    ready()
    stopping.wait()
    stop.set()
    ended.wait()


class _Loop:
    """What granian needs of an event loop. It calls in its Python thread, where callbacks may simply run."""

    def call_soon(self, callback: Callable[[object], None], future: object, **_context: object) -> None:
        callback(future)

    call_soon_threadsafe = call_soon


class _Scheduler(_granian.CallbackScheduler):
    __slots__ = ()

    def __new__(cls, loop: _Loop, application: Application) -> Self:
        return super().__new__(cls, loop, application, None, None, None)  # type: ignore[call-arg]

    def __init__(self, _loop: _Loop, application: Application) -> None:
        self._schedule_fn = partial(_begin, application)


def _begin(application: Application, request: Any) -> None:
    """Handle a request until its body is awaited. Nothing may be raised to granian, which would lose it."""
    protocol = request.proto
    _advance(application(request.scope, protocol.receive, protocol.send), request)


def _advance(handling: Coroutine[Any, None, None], request: Any, _awaited: object = None) -> None:
    try:
        handling.send(None).add_done_callback(partial(_advance, handling, request))
    except StopIteration:
        request.done()
    except BaseException as error:  # noqa: BLE001 - granian logs it and responds 500
        request.err(error)
