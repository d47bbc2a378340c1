"""The gate: Redis decides, in one script a question."""

from eventrush.gate.facts import EventFacts, HeldEntry, Phase
from eventrush.gate.gate import Gate
from eventrush.gate.wiring import connect

__all__ = ["EventFacts", "Gate", "HeldEntry", "Phase", "connect"]
