"""Migrating twice, or from several places at once, is harmless."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from eventrush import ledger as ledgers
from eventrush.event import Event
from eventrush.ledger import Ledger, migrations
from eventrush.settings import LedgerSettings
from local.stack import Stack
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
def test_an_empty_database_is_migrated_once_however_many_migrate_it(stack: Stack) -> None:
    def migrate(_number: int) -> list[str]:
        ledger = ledgers.connect(LedgerSettings.from_env(stack.environ))
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
