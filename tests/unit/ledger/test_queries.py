"""Every named query is one statement with bound parameters, in the dialect of every supported database."""

import re
from importlib import resources

import pytest

from eventrush.ledger import migrations, sql

SQL = resources.files("eventrush.ledger").joinpath("sql")
TOPICS = sorted(file.name.removesuffix(".sql") for file in SQL.iterdir() if file.name.endswith(".sql"))
QUERIES = {f"{topic}.{name}": text for topic in TOPICS for name, text in sql.load(topic).items()}
STATEMENTS = QUERIES | migrations.bundled()


def test_queries_and_migrations_are_found() -> None:
    assert {"batch.insert_entries", "dead_letters.insert", "0001_event"} <= set(STATEMENTS)


def test_every_name_in_a_file_is_one_query() -> None:
    names = [name for topic in TOPICS for name in re.findall("-- name: ", SQL.joinpath(f"{topic}.sql").read_text())]
    assert len(names) == len(QUERIES)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_query_is_one_statement(name: str) -> None:
    assert STATEMENTS[name]
    assert ";" not in STATEMENTS[name]


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_stay_in_the_common_dialect(name: str) -> None:
    text = STATEMENTS[name].upper()
    assert "INSERT IGNORE" not in text, "it hides real errors"
    assert "AS NEW" not in text, "MariaDB lacks it"
    assert "RETURNING" not in text, "MySQL lacks it"
    assert "JSON_TABLE" not in text, "slow on MySQL"


@pytest.mark.parametrize("name", QUERIES)
def test_every_value_is_a_bound_parameter(name: str) -> None:
    """Apart from %s and %(name)s there is no %, and no brace for str.format."""
    assert not re.search(r"%(?!s\b|\(\w+\)s)", QUERIES[name])
    assert "{" not in QUERIES[name]


@pytest.mark.parametrize("name", ["batch.insert_entries", "dead_letters.insert"])
def test_a_repeated_insert_is_harmless(name: str) -> None:
    assert "ON DUPLICATE KEY UPDATE" in QUERIES[name]


def test_migrations_are_numbered_in_order_without_gaps() -> None:
    numbers = [int(name[:4]) for name in migrations.bundled()]
    assert numbers == list(range(len(numbers)))


def test_comments_are_not_sent() -> None:
    assert not any(line.startswith("--") for text in STATEMENTS.values() for line in text.splitlines())
