"""Eventrush's shared package: the gate decides, the stream carries, the ledger remembers."""
