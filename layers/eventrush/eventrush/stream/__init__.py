"""The stream: Kafka carries entries from the gate to the ledger."""
