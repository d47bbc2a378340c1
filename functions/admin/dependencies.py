"""What the function depends on, made once an environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from admin.dead_letters import DeadLetters
from admin.service import Admin
from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.settings import GateSettings, LedgerSettings, StreamSettings
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The commands for events and for dead letters, and the stream that a rebuild reads."""

    admin: Admin
    dead_letters: DeadLetters
    reader: StreamReader


def connect(environ: Mapping[str, str]) -> Admin:
    """Connect what the commands for events need; raises `SettingsError` naming the variable that is wrong."""
    return Admin(
        gate=Gate.connect(GateSettings.from_env(environ)), ledger=Ledger.connect(LedgerSettings.from_env(environ))
    )


def connect_all(environ: Mapping[str, str]) -> Dependencies:
    """Connect what every command needs; raises `SettingsError` naming the variable that is wrong."""
    admin, settings = connect(environ), StreamSettings.from_env(environ)
    return Dependencies(
        admin, DeadLetters(admin.ledger, StreamPublisher.connect(settings)), StreamReader.connect(settings)
    )


@cache
def dependencies() -> Dependencies:
    """Connect once by the environment."""
    return connect_all(os.environ)
