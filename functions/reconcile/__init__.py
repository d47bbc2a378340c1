"""ReconcileFunction: compares the gate's entries with the ledger's rows, and repairs differences."""
