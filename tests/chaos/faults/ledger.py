"""What happens to the ledger's user: it may only read, or may do nothing, for a while."""

import getpass
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql
from pymysql.cursors import Cursor

from local.servers import Stack

_WHILE_S = 4.0


def read_only(stack: Stack) -> None:
    """Let nobody write for a while."""
    with as_root(stack) as cursor:
        cursor.execute("SET GLOBAL read_only = ON")
        try:
            time.sleep(_WHILE_S)
        finally:
            cursor.execute("SET GLOBAL read_only = OFF")


def rights_gone(stack: Stack) -> None:
    """Take the user's rights for a while; open connections are ended, as they would keep theirs."""
    with as_root(stack) as cursor:
        cursor.execute("REVOKE ALL PRIVILEGES ON eventrush.* FROM eventrush@'127.0.0.1'")
        cursor.execute("KILL USER eventrush@'127.0.0.1'")
        try:
            time.sleep(_WHILE_S)
        finally:
            cursor.execute("GRANT ALL PRIVILEGES ON eventrush.* TO eventrush@'127.0.0.1'")


@contextmanager
def as_root(stack: Stack) -> Iterator[Cursor]:
    """Log in by the socket as whoever owns the server."""
    socket: Path = stack.directory / "mysql" / "mysql.sock"
    with pymysql.connect(unix_socket=str(socket), user=getpass.getuser()) as connection, connection.cursor() as cursor:
        yield cursor
