"""Brings a database's tables up to date: numbered files, each one statement, each applied once.

Where Compose makes the database, `local/servers/compose/initdb.sh` applies and records the same files the same way.
"""

from importlib import resources
from typing import TYPE_CHECKING, Final

from eventrush.errors import LedgerError
from eventrush.ledger.statements import statement

if TYPE_CHECKING:
    from eventrush.ledger.database import Database

# Shorter than a statement may take; migrations of new tables take far less.
WAIT_S: Final = 5


def available() -> list[str]:
    """Name the migrations this version of the layer carries, in order."""
    folder = resources.files(__package__).joinpath("sql", "migrations")
    return sorted(file.name.removesuffix(".sql") for file in folder.iterdir() if file.name.endswith(".sql"))


def migrate(database: "Database") -> list[str]:
    """Apply what is missing and name it; applying twice is harmless.

    Raises `LedgerError` naming the migration that failed, those before it staying applied; or when another migrates and
    does not end within some seconds.
    """
    with database.alone("migration", wait_s=WAIT_S):
        with database.transaction() as cursor:
            cursor.execute(statement("create_schema_migration"))
            cursor.execute("SELECT version FROM schema_migration")
            applied = {version for (version,) in cursor.fetchall()}
        missing = [name for name in available() if name not in applied]
        for name in missing:
            _apply(database, name)
    return missing


def _apply(database: "Database", name: str) -> None:
    """Apply one migration and note it: a statement that defines tables commits by itself, the note right after it."""
    try:
        with database.transaction() as cursor:
            cursor.execute(statement(f"migrations/{name}"))
            cursor.execute(statement("insert_schema_migration"), (name,))
    except LedgerError as exc:
        raise LedgerError(f"Migration {name}: {exc}") from exc
