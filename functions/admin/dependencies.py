"""What the function depends on, made once an environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, cached_property

from admin.service import Admin
from admin.warming import Warming
from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.settings import EventSettings, GateSettings, LedgerSettings, StreamSettings
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader


@dataclass(frozen=True)
class Dependencies:
    """The commands, and the stream for those that need it: only they connect to Kafka, when they are first given."""

    admin: Admin
    environ: Mapping[str, str] = field(repr=False)

    @cached_property
    def publisher(self) -> StreamPublisher:
        """Connect what sends to the stream; raises `SettingsError` naming the variable that is wrong."""
        return StreamPublisher.connect(StreamSettings.from_env(self.environ))

    @cached_property
    def reader(self) -> StreamReader:
        """Make what reads the stream; raises `SettingsError` naming the variable that is wrong."""
        return StreamReader.connect(StreamSettings.from_env(self.environ))

    @cached_property
    def warming(self) -> Warming | None:
        """Connect what warms environments up; None where nothing needs it."""
        return Warming.from_env(self.environ)

    @property
    def retention(self) -> timedelta:
        """Return how long the gate keeps an event that has ended; raises `SettingsError`, as above."""
        return timedelta(days=EventSettings.from_env(self.environ).retention_days)


def connect(environ: Mapping[str, str]) -> Dependencies:
    """Connect by these variables; raises `SettingsError` naming the variable that is wrong."""
    admin = Admin(
        gate=Gate.connect(GateSettings.from_env(environ)), ledger=Ledger.connect(LedgerSettings.from_env(environ))
    )
    return Dependencies(admin, environ)


@cache
def dependencies() -> Dependencies:
    """Connect once by the environment."""
    return connect(os.environ)
