"""What the function depends on, made once an environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from eventrush import gate, ledger, stream
from eventrush.gate import Gate
from eventrush.ledger import Ledger
from eventrush.settings import EventSettings, GateSettings, LedgerSettings, StreamSettings
from eventrush.stream import StreamPublisher, StreamReader


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The gate, the ledger, both ways of the stream, and the settings of events."""

    gate: Gate
    ledger: Ledger
    publisher: StreamPublisher
    reader: StreamReader
    settings: EventSettings


def connect(environ: Mapping[str, str]) -> Dependencies:
    """Connect by these variables; raises `SettingsError` naming the variable that is wrong."""
    stream_settings = StreamSettings.from_env(environ)
    return Dependencies(
        gate=gate.connect(GateSettings.from_env(environ)),
        ledger=ledger.connect(LedgerSettings.from_env(environ)),
        publisher=stream.connect(stream_settings),
        reader=stream.reader(stream_settings),
        settings=EventSettings.from_env(environ),
    )


@cache
def dependencies() -> Dependencies:
    """Connect once by the environment."""
    return connect(os.environ)
