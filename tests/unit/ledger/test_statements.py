"""Every SQL file is one statement whose values are bound, in the dialect that all our databases share."""

import re
from importlib import resources
from importlib.resources.abc import Traversable

import pytest

from eventrush.ledger import migrations
from eventrush.ledger.statements import statement


def names(folder: Traversable, prefix: str = "") -> list[str]:
    found: list[str] = []
    for file in folder.iterdir():
        if file.is_dir():
            found += names(file, f"{prefix}{file.name}/")
        elif file.name.endswith(".sql"):
            found.append(prefix + file.name.removesuffix(".sql"))
    return sorted(found)


STATEMENTS = names(resources.files("eventrush.ledger").joinpath("sql"))
DATA = [name for name in STATEMENTS if re.match(r"(select|insert|update|delete)_", name)]


def test_there_are_statements() -> None:
    assert {"insert_entries", "insert_dead_letters", "migrations/0001_event"} <= set(STATEMENTS)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_file_holds_one_statement(name: str) -> None:
    assert statement(name)
    assert ";" not in statement(name)


@pytest.mark.parametrize("name", STATEMENTS)
def test_only_what_every_database_of_ours_understands(name: str) -> None:
    text = statement(name).upper()
    assert "INSERT IGNORE" not in text, "it hides real errors"
    assert "AS NEW" not in text, "MariaDB lacks it"
    assert "RETURNING" not in text, "MySQL lacks it"
    assert "JSON_TABLE" not in text, "slow on MySQL"


@pytest.mark.parametrize("name", DATA)
def test_no_format_leaves_a_value_unbound(name: str) -> None:
    """Beside %s and %(name)s there is no %, and no brace for str.format."""
    assert not re.search(r"%(?!s\b|\(\w+\)s)", statement(name))
    assert "{" not in statement(name)


@pytest.mark.parametrize("name", ["insert_entries", "insert_dead_letters"])
def test_what_is_inserted_by_the_batch_is_harmless_when_repeated(name: str) -> None:
    assert "ON DUPLICATE KEY UPDATE" in statement(name)


def test_migrations_are_numbered_without_a_gap_and_applied_in_that_order() -> None:
    numbers = [int(name[:4]) for name in migrations.available()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_comment_above_a_statement_is_not_sent() -> None:
    assert not any(line.startswith("--") for name in STATEMENTS for line in statement(name).splitlines())
