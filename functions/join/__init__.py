"""JoinFunction: the HTTP API."""
