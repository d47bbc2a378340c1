"""One connection to MySQL: opened on first use, replaced when it breaks, one transaction at a time."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto
from typing import Any, Final

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from eventrush.errors import LedgerError, LockHeldError
from eventrush.settings import LedgerSettings, MysqlTls

DEADLOCK: Final = 1213
LOCK_WAIT: Final = 1205
ACCESS_DENIED: Final = 1045
IDLE_S: Final = 1.0  # after this idle time the server may have closed the connection: a frozen environment, a failover
_CLIENT_ERRORS: Final = {0, *range(2000, 3000)}
# Lock names are server-wide and at most 64 characters long.
_LOCK: Final = "RIGHT(CONCAT(DATABASE(), '.', %s), 64)"


class TransientLedgerError(LedgerError):
    """The transaction was rolled back and may succeed when repeated: deadlock, lock wait, lost connection."""


# Decorates a function that is one transaction: it is attempted up to five times.
retry_transient: Final = retry(
    retry=retry_if_exception_type(TransientLedgerError),
    stop=stop_after_attempt(5),
    wait=wait_random_exponential(multiplier=0.02, max=0.5),
    reraise=True,
)


class Database:
    """A connection that is kept between invocations; it is not thread-safe."""

    def __init__(self, connect: "Callable[[], Connection[Cursor]]", idle_s: float = IDLE_S) -> None:
        """Take a function that connects; a connection unused for `idle_s` seconds is checked before its next use."""
        self._connect = connect
        self._idle_s = idle_s
        self._connection: Connection[Cursor] | None = None
        self._used_at = 0.0
        self._locks = 0

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Yield a cursor and commit its statements together; roll all of them back on any exception.

        Raises `TransientLedgerError` if nothing was committed and a retry may succeed; `LedgerError` if a retry will
        fail too, or if the connection broke during COMMIT.
        """
        if self._locks and self._connection is None:
            raise LedgerError("The connection that held the lock is closed.")
        self._close_if_broken()
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
            self.close()  # rolls back; a connection that failed once is not reused
            raise _translated(exc, phase, reused=reused and not self._locks) from exc
        except BaseException:
            self.close()
            raise

    @contextmanager
    def advisory_lock(self, name: str, wait_s: int = 0) -> Iterator[None]:
        """Hold a lock by its server-wide name; the server releases it when the connection ends.

        Raises `LockHeldError` if another connection still holds it after `wait_s` seconds.
        """
        with self.transaction() as cursor:
            cursor.execute(f"SELECT GET_LOCK({_LOCK}, %s)", (name, wait_s))
            if cursor.fetchall()[0][0] != 1:
                raise LockHeldError(f"Another {name} is in progress.")
        self._locks += 1
        try:
            yield
        finally:
            self._locks -= 1
            if self._connection is not None:
                with self.transaction() as cursor:
                    cursor.execute(f"SELECT RELEASE_LOCK({_LOCK})", (name,))

    def _close_if_broken(self) -> None:
        """Close an idle connection that the server has closed, unless it held a lock: a lost lock must be an error."""
        if self._connection is None or self._locks or time.monotonic() - self._used_at < self._idle_s:
            return
        try:
            self._connection.ping(reconnect=False)
        except pymysql.MySQLError:
            self.close()

    def close(self) -> None:
        """Close the connection and roll back an open transaction."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            if connection.open:
                connection._force_close()  # type: ignore[attr-defined]  # noqa: SLF001 close() would wait for the server


class _Phase(Enum):
    """Where a transaction was when it failed."""

    CONNECTING = auto()
    WORKING = auto()
    COMMITTING = auto()


def _translated(exc: pymysql.MySQLError, phase: _Phase, *, reused: bool) -> LedgerError:
    code = exc.args[0] if exc.args else 0
    # The client library's own error numbers: no reply, or an incomplete one.
    unanswered = isinstance(exc, pymysql.InterfaceError) or code in _CLIENT_ERRORS
    if code in (DEADLOCK, LOCK_WAIT):
        return TransientLedgerError("MySQL rolled back the transaction: other transactions had locked its rows.")
    if unanswered and phase is _Phase.COMMITTING:
        return LedgerError(f"MySQL did not confirm the commit, so its outcome is unknown (error {code}).")
    if reused and isinstance(exc, pymysql.OperationalError | pymysql.InterfaceError):
        return TransientLedgerError("MySQL has closed the connection.")
    if unanswered or phase is _Phase.CONNECTING:
        return LedgerError(f"MySQL does not answer, or refuses the connection (error {code}).")
    return LedgerError(f"MySQL cannot execute the statement (error {code}).")


def connect(settings: LedgerSettings, *, statement_timeout_s: float = 10) -> Database:
    """Return a database that connects on first use; a statement may take `statement_timeout_s`."""
    return Database(lambda: open_connection(settings, statement_timeout_s))


def open_connection(settings: LedgerSettings, timeout_s: float) -> "Connection[Cursor]":
    """Log in; if the password is refused, read the secret again, as it may have been rotated."""
    if settings.secret_arn is None:
        return _login(settings, timeout_s, settings.user or "", settings.password)
    try:
        return _login(settings, timeout_s, *_secret(settings.secret_arn))
    except pymysql.OperationalError as exc:
        if exc.args[0] != ACCESS_DENIED:
            raise
        return _login(settings, timeout_s, *_secret(settings.secret_arn, fresh=True))


def _login(settings: LedgerSettings, timeout_s: float, user: str, password: str) -> "Connection[Cursor]":
    connection = pymysql.connect(
        host=settings.host,
        port=settings.port,
        user=user,
        password=password,
        database=settings.database,
        charset="utf8mb4",
        autocommit=False,
        connect_timeout=3,
        read_timeout=timeout_s,
        write_timeout=timeout_s,
        # A lock wait ends before the read time-out, so that it is reported as such and retried.
        init_command="SET time_zone = '+00:00', innodb_lock_wait_timeout = 5",
        **_tls(settings),
    )
    # The unique keys detect collisions; gap locks would only make others wait where a statement has found no row.
    connection.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    return connection


def _tls(settings: LedgerSettings) -> dict[str, Any]:
    match settings.tls:
        case MysqlTls.OFF:
            return {"ssl_disabled": True}
        case MysqlTls.REQUIRED:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return {"ssl": context}
        case MysqlTls.VERIFIED:
            return {"ssl": ssl.create_default_context(cafile=settings.ca_file)}


def _secret(arn: str, *, fresh: bool = False) -> tuple[str, str]:
    """Return user name and password; cached for five minutes unless `fresh`."""
    from aws_lambda_powertools.utilities import parameters  # noqa: PLC0415 350 ms of import that only a secret needs

    secret: Any = parameters.get_secret(arn, transform="json", max_age=300, force_fetch=fresh)
    return secret["username"], secret["password"]
