"""Writes what the stream carries into the ledger, batch by batch."""
