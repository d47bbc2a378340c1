"""What PersistFunction depends on, connected once an environment."""

import os
from dataclasses import dataclass
from functools import cache

from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.settings import GateSettings, LedgerSettings
from persist import service


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The gate, and the ledger's batch writer."""

    gate: service.Gate
    ledger: service.Ledger


@cache
def dependencies() -> Dependencies:
    """Connect according to the environment variables; raises `SettingsError` naming an invalid one."""
    return Dependencies(
        gate=Gate.connect(GateSettings.from_env(os.environ)),
        ledger=Ledger.connect(LedgerSettings.from_env(os.environ)).batch,
    )
