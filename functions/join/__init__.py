"""Answers who wants to join an event, and what became of it."""
