"""How errors of statements and commits are translated, and which of them are retried."""

from typing import Any, cast

import pymysql
import pytest
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from eventrush.errors import LedgerError
from eventrush.ledger.database import DEADLOCK, LOCK_WAIT, Database, TransientLedgerError, retry_transient

CONNECTION_LOST = 2013


class FailingConnection:
    """A connection whose commits fail."""

    open = False

    def __init__(self, error: pymysql.MySQLError) -> None:
        self.error = error
        self.commits = 0

    def cursor(self) -> Any:
        return pymysql.cursors.Cursor(cast("Connection[Cursor]", None))

    def commit(self) -> None:
        self.commits += 1
        raise self.error


def fails_to_commit(error: pymysql.MySQLError) -> tuple[pytest.ExceptionInfo[LedgerError], int]:
    """Commit with the ledger's retries; returns the error and the number of attempts."""
    connection = FailingConnection(error)
    database = Database(lambda: cast("Connection[Cursor]", connection))

    @retry_transient
    def work() -> None:
        with database.transaction():
            pass

    with pytest.raises(LedgerError) as raised:
        work()
    return raised, connection.commits


@pytest.mark.parametrize("code", [DEADLOCK, LOCK_WAIT])
def test_a_commit_that_was_rolled_back_is_retried(code: int) -> None:
    raised, commits = fails_to_commit(pymysql.OperationalError(code, "try restarting"))
    assert raised.type is TransientLedgerError
    assert commits == 5


def test_a_commit_with_an_unknown_outcome_is_not_retried() -> None:
    raised, commits = fails_to_commit(pymysql.OperationalError(CONNECTION_LOST, "lost connection"))
    assert raised.type is LedgerError
    assert str(raised.value) == "MySQL did not confirm the commit, so its outcome is unknown (error 2013)."
    assert commits == 1


def test_a_statement_that_mysql_cannot_execute_is_not_retried() -> None:
    raised, commits = fails_to_commit(pymysql.IntegrityError(1062, "duplicate"))
    assert str(raised.value) == "MySQL cannot execute the statement (error 1062)."
    assert commits == 1


def test_a_server_error_is_not_reported_as_no_answer() -> None:
    """The client library raises OperationalError for numbers that it has no class for."""
    raised, _ = fails_to_commit(pymysql.OperationalError(4028, "no visible column"))
    assert str(raised.value) == "MySQL cannot execute the statement (error 4028)."
