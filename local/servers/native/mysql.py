"""MariaDB as a process, with the durability of its defaults: every commit is on disk."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from local.servers import probes
from local.servers.native.server import program
from local.servers.ports import HOST

_PACKAGE = "mariadb-server-core"


@dataclass(frozen=True)
class MysqlServer:
    """The ledger's server."""

    data: Path
    port: int
    password: str
    name: str = "mysql"

    @property
    def ports(self) -> tuple[int, ...]:
        """Return its only port."""
        return (self.port,)

    def preparation(self) -> list[str] | None:
        """Return the command that makes the system tables, beside the data, so that half of them never count."""
        if self.data.exists():
            return None
        shutil.rmtree(self._new_data, ignore_errors=True)
        self._new_data.parent.mkdir(parents=True, exist_ok=True)
        return [
            program("mariadb-install-db", _PACKAGE),
            "--no-defaults",
            f"--datadir={self._new_data}",
            f"--tmpdir={self._tmp()}",
            "--auth-root-authentication-method=socket",
            "--skip-test-db",
            "--skip-name-resolve",
            *self._as_root(),
        ]

    def prepared(self) -> None:
        """Take over the system tables."""
        self._new_data.rename(self.data)

    def command(self) -> list[str]:
        """Return the command that serves; it makes the ledger's database and user before it listens."""
        init = self.data.with_name("mysql-init.sql")
        init.touch(mode=0o600)
        init.write_text(
            "CREATE DATABASE IF NOT EXISTS eventrush CHARACTER SET utf8mb4;\n"
            f"CREATE OR REPLACE USER eventrush@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
            "GRANT ALL ON eventrush.* TO eventrush@'127.0.0.1';\n"
        )
        return [
            program("mariadbd", _PACKAGE),
            "--no-defaults",
            f"--datadir={self.data}",
            f"--tmpdir={self._tmp()}",
            f"--init-file={init}",
            f"--bind-address={HOST}",
            f"--port={self.port}",
            "--socket=mysql.sock",  # in the data directory; an absolute path may be too long for a socket
            "--skip-name-resolve",
            "--default-time-zone=+00:00",
            "--max-connections=300",
            *self._as_root(),
        ]

    def answers(self) -> bool:
        """Tell whether the ledger's user may query."""
        return probes.mysql_answers(self.port, self.password)

    def serve_more(self) -> None:
        """Do nothing: the init file was read before the first connection."""

    @property
    def _new_data(self) -> Path:
        return self.data.with_name("mysql.new")

    def _tmp(self) -> Path:
        """Make a directory for temporary tables: a server that starts deletes every one it finds in a shared /tmp."""
        tmp = self.data.with_name("mysql.tmp")
        tmp.mkdir(exist_ok=True)
        return tmp

    @staticmethod
    def _as_root() -> list[str]:
        # MariaDB refuses to run as root unless told so; the directory is root's then.
        return ["--user=root"] if os.geteuid() == 0 else []
