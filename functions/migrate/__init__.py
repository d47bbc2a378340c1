"""MigrateFunction: brings the ledger's tables up to date, and finds the brokers, while a deployment waits."""
