"""A process that publishes behind a circuit breaker and is stopped between two sends, as Lambda freezes it."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final, NamedTuple

from confluent_kafka import Producer

from eventrush.errors import PublishError
from eventrush.settings import StreamSettings
from eventrush.stream.publisher import GuardedPublisher, StreamPublisher
from tests.deliveries import an_entry
from tests.tls_kafka import Tokens

TOKEN_LIFE_S: Final = 3.0
_FREEZE_S: Final = 2.5  # longer than the time-out of fetching a token: what a send has begun is lost
_RESET_S: Final = 0.2
_SPAWN: Final = multiprocessing.get_context("spawn")
_REPLY_S: Final = 30


class Sent(NamedTuple):
    """Whether a send was acknowledged, whether the breaker is open after it, and how many tokens were fetched."""

    published: bool
    open: bool
    tokens: int


@dataclass(frozen=True)
class FrozenClient:
    """The process, stopped except while it sends."""

    process: BaseProcess
    replies: Connection

    def send(self) -> Sent:
        """Resume the process for one send, and stop it again for a while."""
        pid = self.process.pid or 0
        os.kill(pid, signal.SIGCONT)
        self.replies.send(None)
        assert self.replies.poll(_REPLY_S), "the process does not reply"
        sent: Sent = self.replies.recv()
        os.kill(pid, signal.SIGSTOP)
        time.sleep(_FREEZE_S)
        return sent


@contextmanager
def frozen_client(environ: Mapping[str, str], certificate: Path) -> Iterator[FrozenClient]:
    """Run a client with these settings, whose tokens take half a second and live for three."""
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_serve, args=(theirs, environ, certificate))
    process.start()
    try:
        yield FrozenClient(process, ours)
    finally:
        process.kill()
        process.join()


def _serve(requests: Connection, environ: Mapping[str, str], certificate: Path) -> None:
    settings = StreamSettings.from_env(environ)
    tokens = Tokens(life_s=TOKEN_LIFE_S)
    config = tokens.config(settings, certificate)
    publisher = StreamPublisher(lambda: Producer(config), settings.topic, settings.publish_timeout_ms / 1000)
    publisher.warm_up()
    guarded = GuardedPublisher(publisher, _RESET_S)
    while True:
        requests.recv()
        try:
            guarded.publish(an_entry("frozen", 1))
        except PublishError:
            published = False
        else:
            published = True
        requests.send(Sent(published, guarded.open, tokens.count))
