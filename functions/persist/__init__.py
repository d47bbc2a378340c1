"""PersistFunction: records batches of the stream in the ledger."""
