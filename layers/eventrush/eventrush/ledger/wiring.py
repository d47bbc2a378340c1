"""Makes a ledger from its settings."""

import ssl
from typing import Any, Final

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor

from eventrush.ledger.database import Database
from eventrush.ledger.ledger import Ledger
from eventrush.settings import LedgerSettings, MysqlTls

ACCESS_DENIED: Final = 1045


def connect(settings: LedgerSettings, *, statement_timeout_s: float = 10) -> Ledger:
    """Make a ledger; its connection is opened when first used. A statement may take `statement_timeout_s` seconds."""
    return Ledger(Database(lambda: _open(settings, statement_timeout_s)))


def _open(settings: LedgerSettings, timeout_s: float) -> "Connection[Cursor]":
    if settings.secret_arn is None:
        return _login(settings, timeout_s, settings.user or "", settings.password)
    try:
        return _login(settings, timeout_s, *_secret(settings.secret_arn))
    except pymysql.OperationalError as exc:
        if exc.args[0] != ACCESS_DENIED:
            raise
        return _login(settings, timeout_s, *_secret(settings.secret_arn, fresh=True))  # it was rotated since we read it


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
        # Who waits for a lock hears so while the connection still listens, and tries again.
        init_command="SET time_zone = '+00:00', innodb_lock_wait_timeout = 5",
        **_tls(settings),
    )
    # Rows are told apart by their keys alone: gap locks would only make batches wait for each other.
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
    """Read user name and password; kept for five minutes, or read anew when `fresh`."""
    from aws_lambda_powertools.utilities import parameters  # noqa: PLC0415 350 ms of import that only a secret needs

    secret: Any = parameters.get_secret(arn, transform="json", max_age=300, force_fetch=fresh)
    return secret["username"], secret["password"]
