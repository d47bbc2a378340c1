"""One connection to MySQL, made when first needed, made anew when it breaks; every transaction whole or not at all."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Final

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from eventrush.errors import LedgerError

DEADLOCK: Final = 1213
LOCK_WAIT: Final = 1205
IDLE_S: Final = 1.0  # a connection that lay unused for so long may be gone: a frozen environment, a failover
_CLIENT_ERRORS: Final = {0, *range(2000, 3000)}
# Names of locks are the whole server's, and at most 64 characters long.
_LOCK: Final = "RIGHT(CONCAT(DATABASE(), '.', %s), 64)"


class TransientLedgerError(LedgerError):
    """The transaction was rolled back for no fault of its own (deadlock, lock wait, lost connection): do it again."""


# For what is one transaction: it is done again, soon and a few times.
again: Final = retry(
    retry=retry_if_exception_type(TransientLedgerError),
    stop=stop_after_attempt(5),
    wait=wait_random_exponential(multiplier=0.02, max=0.5),
    reraise=True,
)


class Database:
    """A connection that lives as long as its environment; one transaction at a time, never shared between threads."""

    def __init__(self, connect: "Callable[[], Connection[Cursor]]") -> None:
        """Take how to connect; nothing is connected yet."""
        self._connect = connect
        self._connection: Connection[Cursor] | None = None
        self._used_at = 0.0
        self._locks = 0

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Give a cursor whose statements are committed together, or not at all when anything raises.

        Raises `TransientLedgerError` where nothing was done and doing it again may help; `LedgerError` where it will
        not help, or where MySQL left before it said whether it had committed.
        """
        if self._locks and self._connection is None:
            raise LedgerError("The connection that held the lock is gone.")
        self._leave_if_gone()
        reused = self._connection is not None
        phase = _Phase.WORKING
        try:
            if self._connection is None:
                self._connection = self._connect()
            with self._connection.cursor() as cursor:
                yield cursor
            phase = _Phase.COMMITTING
            self._connection.commit()
            self._used_at = time.monotonic()
        except pymysql.MySQLError as exc:
            phase = _Phase.CONNECTING if self._connection is None else phase
            self.close()  # which rolls back; a connection that failed once is not trusted again
            raise _translated(exc, phase, reused=reused and not self._locks) from exc
        except BaseException:
            self.close()
            raise

    @contextmanager
    def alone(self, what: str, wait_s: int = 0) -> Iterator[None]:
        """Do something that nobody else does meanwhile; the lock goes with the connection, however that ends.

        Raises `LedgerError` when another is at it and does not end within `wait_s` seconds.
        """
        with self.transaction() as cursor:
            cursor.execute(f"SELECT GET_LOCK({_LOCK}, %s)", (what, wait_s))
            if cursor.fetchall()[0][0] != 1:
                raise LedgerError(f"Another {what} is under way.")
        self._locks += 1
        try:
            yield
        finally:
            self._locks -= 1
            if self._connection is not None:
                with self.transaction() as cursor:
                    cursor.execute(f"SELECT RELEASE_LOCK({_LOCK})", (what,))

    def _leave_if_gone(self) -> None:
        """Leave an idle connection that the server has closed; one with a lock is never replaced unnoticed."""
        if self._connection is None or self._locks or time.monotonic() - self._used_at < IDLE_S:
            return
        try:
            self._connection.ping(reconnect=False)
        except pymysql.MySQLError:
            self.close()

    def close(self) -> None:
        """Leave the connection, rolling back what was not committed."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            if connection.open:
                connection._force_close()  # type: ignore[attr-defined]  # noqa: SLF001 close() waits for the server


class _Phase(Enum):
    """What a transaction was about when it failed."""

    CONNECTING = auto()
    WORKING = auto()
    COMMITTING = auto()


def _translated(exc: pymysql.MySQLError, phase: _Phase, *, reused: bool) -> LedgerError:
    code = exc.args[0] if exc.args else 0
    # The client's own numbers: no answer, or half of one.
    unanswered = isinstance(exc, pymysql.InterfaceError) or code in _CLIENT_ERRORS
    if code in (DEADLOCK, LOCK_WAIT):
        return TransientLedgerError("MySQL rolled the transaction back: others held its rows.")
    if unanswered and phase is _Phase.COMMITTING:
        return LedgerError(f"MySQL did not say whether it committed (error {code}).")
    if reused and isinstance(exc, pymysql.OperationalError | pymysql.InterfaceError):
        return TransientLedgerError("MySQL has closed the connection.")
    if unanswered or phase is _Phase.CONNECTING:
        return LedgerError(f"MySQL does not answer, or refuses us (error {code}).")
    return LedgerError(f"MySQL cannot carry out the statement (error {code}).")
