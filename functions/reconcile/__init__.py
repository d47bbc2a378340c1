"""Holds what the gate promised against what the ledger has, and mends the difference."""
