"""Plain connections to the ledger's database, and ledgers that a test interrupts between two statements."""

from collections.abc import Callable, Iterator
from typing import Any

import pymysql
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from cli.environment import environment
from eventrush.ledger.database import Database, open_connection
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event
from eventrush.settings import LedgerSettings
from local.servers import Stack
from tests.integration.conftest import new_id

Connect = Callable[[], "Connection[Cursor]"]


@pytest.fixture
def connect(stack: Stack) -> Connect:
    """Return a function that connects as the ledger does."""
    return lambda: open_connection(LedgerSettings.from_env(environment(stack)), 10)


@pytest.fixture
def other(connect: Connect) -> Iterator["Connection[Cursor]"]:
    """Yield another client's connection."""
    connection = connect()
    yield connection
    if connection.open:
        connection.close()


@pytest.fixture
def ledger_event(real_ledger: Ledger) -> Event:
    """Return an event of ten seats that only the ledger has."""
    event = Event(new_id(), "An event", 10)
    real_ledger.add_event(event)
    return event


class InterruptedCursor(Cursor):
    """Acts before it executes a statement that begins so."""

    statement: str
    act: Callable[[], None]

    def execute(self, query: Any, args: object = None) -> int:
        text = query if isinstance(query, str) else query.decode()
        if text.startswith(self.statement):
            self.act()
        return super().execute(query, args)


def interrupted(connect: Connect, statement: str, act: Callable[[], None]) -> Ledger:
    """Return a ledger that does something before each statement that begins so."""

    def connected() -> "Connection[Cursor]":
        connection = connect()
        members = {"statement": statement, "act": staticmethod(act)}
        connection.cursorclass = type("Interrupted", (InterruptedCursor,), members)
        return connection

    return Ledger(Database(connected))


def rows(connection: "pymysql.connections.Connection[Cursor]", event_id: str) -> list[tuple[int, str]]:
    """Return the seats of an event with their users, in the order of seats."""
    connection.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SELECT seat_no, user_id FROM event_join WHERE event_id = %s ORDER BY seat_no", (event_id,))
        return list(cursor.fetchall())
