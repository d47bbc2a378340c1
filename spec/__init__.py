"""Checks the protocol and remembered verdicts: two TLA+ models, their faults, and the run of TLC."""
