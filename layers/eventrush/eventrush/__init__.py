"""What Eventrush's functions share: the gate decides, the stream carries, the ledger records."""
