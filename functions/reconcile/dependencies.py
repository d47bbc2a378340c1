"""What ReconcileFunction depends on, connected once an environment."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.settings import PUBLISH_DEADLINE_S, EventSettings, GateSettings, LedgerSettings, StreamSettings
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader
from reconcile.progress import Progress


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The stores, the settings of events, a rebuild's wait, and what the environment remembers of its passes."""

    gate: Gate
    ledger: Ledger
    publisher: StreamPublisher
    reader: StreamReader
    settings: EventSettings
    publish_deadline_s: float = PUBLISH_DEADLINE_S
    sleep: Callable[[float], object] = time.sleep
    progress: Progress = field(default_factory=Progress)


def connect(environ: Mapping[str, str]) -> Dependencies:
    """Connect according to these variables; raises `SettingsError` naming an invalid one."""
    stream = StreamSettings.from_env(environ)
    return Dependencies(
        gate=Gate.connect(GateSettings.from_env(environ)),
        ledger=Ledger.connect(LedgerSettings.from_env(environ)),
        publisher=StreamPublisher.connect(stream),
        reader=StreamReader.connect(stream),
        settings=EventSettings.from_env(environ),
    )


@cache
def dependencies() -> Dependencies:
    """Connect once, according to the environment variables."""
    return connect(os.environ)
