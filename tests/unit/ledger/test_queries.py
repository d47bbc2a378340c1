"""Every named query is one statement whose values are bound, in the dialect that all our databases share."""

import re
from importlib import resources

import pytest

from eventrush.ledger import migrations, queries

SQL = resources.files("eventrush.ledger").joinpath("sql")
TOPICS = sorted(file.name.removesuffix(".sql") for file in SQL.iterdir() if file.is_file())
QUERIES = {f"{topic}.{name}": text for topic in TOPICS for name, text in queries.load(topic).items()}
STATEMENTS = QUERIES | migrations.bundled()


def test_there_are_queries() -> None:
    assert {"batch.insert_entries", "dead_letters.insert", "0001_event"} <= set(STATEMENTS)


def test_every_name_in_a_file_is_a_query_of_its_own() -> None:
    names = [name for topic in TOPICS for name in re.findall("-- name: ", SQL.joinpath(f"{topic}.sql").read_text())]
    assert len(names) == len(QUERIES)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_query_is_one_statement(name: str) -> None:
    assert STATEMENTS[name]
    assert ";" not in STATEMENTS[name]


@pytest.mark.parametrize("name", STATEMENTS)
def test_only_what_every_database_of_ours_understands(name: str) -> None:
    text = STATEMENTS[name].upper()
    assert "INSERT IGNORE" not in text, "it hides real errors"
    assert "AS NEW" not in text, "MariaDB lacks it"
    assert "RETURNING" not in text, "MySQL lacks it"
    assert "JSON_TABLE" not in text, "slow on MySQL"


@pytest.mark.parametrize("name", QUERIES)
def test_no_format_leaves_a_value_unbound(name: str) -> None:
    """Apart from %s and %(name)s there is no %, and no brace for str.format."""
    assert not re.search(r"%(?!s\b|\(\w+\)s)", QUERIES[name])
    assert "{" not in QUERIES[name]


@pytest.mark.parametrize("name", ["batch.insert_entries", "dead_letters.insert"])
def test_what_a_batch_inserts_is_harmless_when_repeated(name: str) -> None:
    assert "ON DUPLICATE KEY UPDATE" in QUERIES[name]


def test_migrations_are_numbered_without_a_gap_and_applied_in_that_order() -> None:
    numbers = [int(name[:4]) for name in migrations.bundled()]
    assert numbers == list(range(len(numbers)))


def test_comments_are_not_sent() -> None:
    assert not any(line.startswith("--") for text in STATEMENTS.values() for line in text.splitlines())
