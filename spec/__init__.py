"""Checks the protocol between gate, stream and ledger: a TLA+ model, its faults, and the run of TLC."""
