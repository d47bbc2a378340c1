"""What operators do: events, their rules, their books, and dead letters."""
