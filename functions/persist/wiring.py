"""What the function depends on, made once an environment."""

import os
from dataclasses import dataclass
from functools import cache

from eventrush import gate, ledger
from eventrush.settings import GateSettings, LedgerSettings
from persist.service import Gate, Ledger


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The gate and the ledger."""

    gate: Gate
    ledger: Ledger


@cache
def dependencies() -> Dependencies:
    """Connect from the environment; raises `SettingsError` naming the variable that is wrong."""
    return Dependencies(
        gate=gate.connect(GateSettings.from_env(os.environ)),
        ledger=ledger.connect(LedgerSettings.from_env(os.environ)),
    )
