"""ReconcileFunction: compares what the gate promised with what the ledger recorded, and repairs the difference."""
