"""The ledger's SQL: one statement a file, read once."""

from functools import cache
from importlib import resources


@cache
def statement(name: str) -> str:
    """Give the statement of `sql/<name>.sql`, without the comment that heads it."""
    text = resources.files(__package__).joinpath("sql", f"{name}.sql").read_text("utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
