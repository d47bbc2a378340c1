"""The gate: Redis decides, one script an operation."""
