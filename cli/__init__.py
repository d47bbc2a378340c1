"""The `eventrush` command: servers, events, rushes and reports on one machine."""
