"""What the function depends on, made once an environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from admin.service import Admin
from eventrush import gate, ledger, stream
from eventrush.settings import GateSettings, LedgerSettings, StreamSettings
from eventrush.stream import StreamPublisher, StreamReader


@dataclass(frozen=True)
class Dependencies:
    """The commands, and the stream for those that need it: only they connect to Kafka, when they are first given."""

    admin: Admin
    environ: Mapping[str, str] = field(repr=False)

    @cached_property
    def publisher(self) -> StreamPublisher:
        """Connect what sends to the stream; raises `SettingsError` naming the variable that is wrong."""
        return stream.connect(StreamSettings.from_env(self.environ))

    @cached_property
    def reader(self) -> StreamReader:
        """Make what reads the stream; raises `SettingsError` naming the variable that is wrong."""
        return stream.reader(StreamSettings.from_env(self.environ))


def connect(environ: Mapping[str, str]) -> Dependencies:
    """Connect by these variables; raises `SettingsError` naming the variable that is wrong."""
    admin = Admin(
        gate=gate.connect(GateSettings.from_env(environ)), ledger=ledger.connect(LedgerSettings.from_env(environ))
    )
    return Dependencies(admin, environ)


@cache
def dependencies() -> Dependencies:
    """Connect once by the environment."""
    return connect(os.environ)
