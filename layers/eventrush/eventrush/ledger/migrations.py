"""Applies migrations: numbered files, each one statement, each applied once.

Where Compose creates the database, its init script applies and records the same files.
"""

from importlib import resources
from typing import TYPE_CHECKING, Final

from eventrush.errors import LedgerError
from eventrush.ledger.sql import without_comments

if TYPE_CHECKING:
    from eventrush.ledger.database import Database

# How long to wait for another migration (seconds): less than a statement may take.
WAIT_S: Final = 5


def bundled() -> dict[str, str]:
    """Return the migrations of this version by name, in order; each is one SQL statement."""
    folder = resources.files(__package__).joinpath("sql", "migrations")
    files = sorted(folder.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".sql"): without_comments(file.read_text("utf-8")) for file in files}


def migrate(database: "Database", migrations: dict[str, str], wait_s: int = WAIT_S) -> list[str]:
    """Apply the missing migrations and return their names; applying them twice is harmless.

    Raises `LedgerError` naming the migration that failed, while those before it stay applied, or if another connection
    still migrates after `wait_s` seconds.
    """
    with database.advisory_lock("migration", wait_s=wait_s):
        with database.transaction() as cursor:
            cursor.execute(bundled()["0000_schema_migration"])
            cursor.execute("SELECT version FROM schema_migration")
            applied = {version for (version,) in cursor.fetchall()}
        missing = [name for name in migrations if name not in applied]
        for name in missing:
            _apply(database, name, migrations[name])
    return missing


def _apply(database: "Database", name: str, sql: str) -> None:
    """Apply one migration, then record it: a statement that defines a table commits implicitly."""
    try:
        with database.transaction() as cursor:
            cursor.execute(sql)
            cursor.execute("INSERT INTO schema_migration (version) VALUES (%s)", (name,))
    except LedgerError as exc:
        raise LedgerError(f"Migration {name}: {exc}") from exc
