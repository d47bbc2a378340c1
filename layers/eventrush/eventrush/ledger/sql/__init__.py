"""Loads SQL: named queries, one file a topic."""

import re
from importlib import resources

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load(topic: str) -> dict[str, str]:
    """Return the queries of `<topic>.sql` by name, without comments."""
    _, *parts = _NAME.split(resources.files(__package__).joinpath(f"{topic}.sql").read_text("utf-8"))
    return {name: without_comments(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


def without_comments(text: str) -> str:
    """Return SQL without its comment lines."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
