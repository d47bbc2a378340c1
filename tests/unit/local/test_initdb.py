"""A database that Compose makes is the one that the ledger's own migrations make, down to their record."""

import os
import subprocess
from pathlib import Path

import eventrush.ledger
from eventrush.ledger import migrations
from eventrush.ledger.sql import without_comments

SCRIPT = Path(__file__).parents[3] / "local" / "servers" / "initdb.sh"
SQL = Path(eventrush.ledger.__file__).parent / "sql"
ACCOUNT = ("MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE")
# As the image's entrypoint has it: the script is sourced. The client here tells what it was given.
SOURCE = """
set -eo pipefail
mysql() { cat; printf '\\0'; }
. "$0"
"""


def test_the_migrations_are_applied_and_recorded_in_order() -> None:
    environ = os.environ | {"LEDGER_SQL": str(SQL), **dict.fromkeys(ACCOUNT, "eventrush")}
    told = subprocess.check_output(["bash", "-c", SOURCE, str(SCRIPT)], env=environ, text=True)  # noqa: S603, S607
    given = [without_comments(text) for text in told.removesuffix("\0").split("\0")]
    record = "INSERT INTO schema_migration (version) VALUES ('{}')"
    expected = [[sql, record.format(name)] for name, sql in migrations.bundled().items()]
    assert given == [text for pair in expected for text in pair]


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip()
