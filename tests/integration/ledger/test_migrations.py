"""Repeated and concurrent migrations are harmless."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from cli.environment import environment
from eventrush.errors import LedgerError
from eventrush.ledger import migrations
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event
from eventrush.settings import LedgerSettings
from local.servers import Stack
from tests.integration.conftest import new_id

if TYPE_CHECKING:
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor


@pytest.fixture
def _blank(real_ledger: Ledger, other: "Connection[Cursor]") -> None:
    """Drop every table; other tests create their own events."""
    real_ledger.close()
    with other.cursor() as cursor:
        cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        cursor.execute("SHOW TABLES")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {table}")


@pytest.mark.usefixtures("_blank")
def test_concurrent_migrations_of_an_empty_database_apply_each_file_once(stack: Stack) -> None:
    def migrate(_number: int) -> list[str]:
        ledger = Ledger.connect(LedgerSettings.from_env(environment(stack)), statement_timeout_s=70)
        # A slow disk may take longer than the default.
        applied = migrations.migrate(ledger.database, migrations.bundled(), wait_s=60)
        ledger.close()
        return applied

    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(migrate, range(4)))
    assert sorted(name for names in applied for name in names) == list(migrations.bundled())
    assert sum(bool(names) for names in applied) == 1, "one connection applied all, the others none"


def test_migrating_again_changes_nothing(real_ledger: Ledger) -> None:
    event = Event(new_id(), "An event", 10)
    real_ledger.add_event(event)
    assert real_ledger.migrate() == []
    assert real_ledger.get_event(event.event_id) == event


def test_a_failed_migration_is_named_and_those_before_it_stay(real_ledger: Ledger, other: "Connection[Cursor]") -> None:
    files = {**migrations.bundled(), "9998_good": "CREATE TABLE good (id INT)", "9999_bad": "CREATE TABLE bad"}
    try:
        for _ in range(2):
            with pytest.raises(LedgerError, match=r"^Migration 9999_bad: MySQL cannot execute the statement"):
                migrations.migrate(real_ledger.database, files)
        with other.cursor() as cursor:
            assert cursor.execute("SELECT 1 FROM schema_migration WHERE version = '9998_good'") == 1
    finally:
        with other.cursor() as cursor:
            cursor.execute("DELETE FROM schema_migration WHERE version = '9998_good'")
            cursor.execute("DROP TABLE IF EXISTS good")
        other.commit()
