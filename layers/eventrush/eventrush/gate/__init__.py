"""The gate: Redis decides, in one script a question."""

from eventrush.gate.facts import EventFacts, HeldEntry, Phase
from eventrush.gate.gate import Gate
from eventrush.gate.wiring import connect, warm_up

__all__ = ["EventFacts", "Gate", "HeldEntry", "Phase", "connect", "warm_up"]
