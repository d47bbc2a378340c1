"""MigrateFunction: migrates the ledger and finds the brokers while a deployment waits."""
