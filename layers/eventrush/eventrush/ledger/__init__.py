"""The ledger: MySQL remembers, and alone enforces one row a seat and one seat a user."""
