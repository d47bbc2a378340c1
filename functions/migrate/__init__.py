"""MigrateFunction: brings the ledger's tables up to date while a deployment waits."""
