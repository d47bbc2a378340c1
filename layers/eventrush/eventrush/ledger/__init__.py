"""The ledger: MySQL records entries; its unique keys allow one row a seat and one seat a user."""
