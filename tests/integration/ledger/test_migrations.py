"""Migrating twice, or from several places at once, is harmless."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from eventrush import ledger as ledgers
from eventrush.errors import LedgerError
from eventrush.event import Event
from eventrush.ledger import Ledger, migrations, statements
from eventrush.settings import LedgerSettings
from local.servers import Stack
from tests.integration.conftest import new_id

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor


@pytest.fixture
def _blank(real_ledger: Ledger, other: "Connection[Cursor]") -> None:
    """Drop every table; other tests make the events that they need themselves."""
    real_ledger.database.close()
    with other.cursor() as cursor:
        cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {table}")


@pytest.mark.usefixtures("_blank")
def test_an_empty_database_is_migrated_once_however_many_migrate_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "WAIT_S", 60)  # a slow disk may take longer than an operator would wait

    def migrate(_number: int) -> list[str]:
        ledger = ledgers.connect(LedgerSettings.from_env(stack.environ), statement_timeout_s=70)
        applied = ledger.migrate()
        ledger.database.close()
        return applied

    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, range(4)))
    assert sorted(name for names in applied for name in names) == migrations.available()
    assert sum(bool(names) for names in applied) == 1, "one did all, the others found it done"


def test_migrating_again_changes_nothing(real_ledger: Ledger) -> None:
    event = Event(new_id(), "An event", 10)
    real_ledger.add_event(event)
    assert real_ledger.migrate() == []
    assert real_ledger.event(event.event_id) == event


def test_a_migration_that_fails_is_named_and_those_before_it_stay(
    real_ledger: Ledger, monkeypatch: pytest.MonkeyPatch, other: "Connection[Cursor]"
) -> None:
    def statement(name: str) -> str:
        files = {"migrations/9998_good": "CREATE TABLE good (id INT)", "migrations/9999_bad": "CREATE TABLE bad"}
        return files.get(name) or statements.statement(name)

    names = [*migrations.available(), "9998_good", "9999_bad"]
    monkeypatch.setattr(migrations, "statement", statement)
    monkeypatch.setattr(migrations, "available", lambda: names)
    try:
        for _ in range(2):
            with pytest.raises(LedgerError, match=r"^Migration 9999_bad: MySQL cannot carry out the statement"):
                real_ledger.migrate()
        with other.cursor() as cursor:
            assert cursor.execute("SELECT 1 FROM schema_migration WHERE version = '9998_good'") == 1
    finally:
        with other.cursor() as cursor:
            cursor.execute("DELETE FROM schema_migration WHERE version = '9998_good'")
            cursor.execute("DROP TABLE IF EXISTS good")
        other.commit()
