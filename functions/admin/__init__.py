"""What operators do: events, their rules, their reports, and dead letters."""
