"""The judge reports the faults of faulty implementations, in the same rush that the application goes through."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from cli.environment import environment, kafka_options
from eventrush.settings import StreamSettings
from eventrush.stream.reader import StreamReader
from local import template
from local.kafka_source import KafkaSource
from local.servers import Stack
from tests.chaos import faults
from tests.chaos.faults import mysql_root
from tests.chaos.proxied_stack import ProxiedStack
from tests.chaos.results import Result
from tests.chaos.rush import run_scenario
from tests.chaos.system import System, running
from tests.waiting import until

pytestmark = pytest.mark.chaos

_PATIENCE_S = 8.0  # what is wrong never settles


@pytest.fixture
def stack(proxied: ProxiedStack) -> Stack:
    return proxied.stack


def isolated(stack: Stack, name: str) -> Mapping[str, str]:
    """Return settings of a Redis database, a topic, a group and a MySQL database of one test's own."""
    admin = AdminClient({"bootstrap.servers": environment(stack)["KAFKA_BOOTSTRAP_SERVERS"], "log_level": 0})
    for created in admin.create_topics([NewTopic(name, 3, 1)]).values():
        created.result()
    with mysql_root(stack) as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        cursor.execute(f"GRANT ALL PRIVILEGES ON {name}.* TO eventrush@'127.0.0.1'")
    return environment(stack) | {
        "REDIS_URL": environment(stack)["REDIS_URL"].removesuffix("/0") + "/1",
        "KAFKA_TOPIC": name,
        "KAFKA_CONSUMER_GROUP": name,
        "MYSQL_DATABASE": name,
    }


def no_fault() -> None:
    """Do nothing."""


def deliver_again(system: System) -> None:
    """Deliver every record a second time, through another group, until the rush brings no more."""
    settings = {**system.settings, "KAFKA_CONSUMER_GROUP": f"{system.settings['KAFKA_CONSUMER_GROUP']}-again"}
    reader = StreamReader.connect(StreamSettings.from_env(settings))
    with KafkaSource(
        template.load().consumer(), settings=settings, **kafka_options(settings), log=system.logs / "again.log"
    ):
        until(lambda: all(span.start == span.end for span in reader.spans()), 60)


def test_a_gate_in_two_steps_oversells(stack: Stack, tmp_path: Path) -> None:
    environ = isolated(stack, "two_steps")
    with running(environ, tmp_path, join="tests.chaos.mutants.two_step_handler", workers=4) as system:
        result = run_scenario("two-step gate", system, no_fault, patience_s=_PATIENCE_S)
    assert result.oversold > 0, result


def test_a_reply_before_the_acknowledgement_loses_winners(stack: Stack, tmp_path: Path) -> None:
    environ = isolated(stack, "unacknowledged")
    with running(environ, tmp_path, join="tests.chaos.mutants.unacknowledged_handler") as system:
        result = run_scenario(
            "unacknowledged", system, lambda: faults.kill(stack.services["kafka"]), patience_s=_PATIENCE_S
        )
    assert result.lost > 0, result


def test_a_table_without_keys_doubles_rows(stack: Stack, tmp_path: Path) -> None:
    environ = isolated(stack, "no_unique_keys")
    with running(environ, tmp_path) as system:
        with mysql_root(stack) as cursor:
            cursor.execute(
                "ALTER TABLE no_unique_keys.event_join DROP PRIMARY KEY, DROP KEY one_entry_a_user, ADD KEY (event_id)"
            )
        result = run_scenario("no unique keys", system, lambda: deliver_again(system), patience_s=_PATIENCE_S)
    assert result.doubled > 0, result


def test_a_retry_that_is_another_attempt_is_a_false_duplicate(stack: Stack, tmp_path: Path) -> None:
    environ = isolated(stack, "keyless")
    with running(environ, tmp_path, join="tests.chaos.mutants.keyless_handler") as system:
        result = run_scenario("keyless", system, no_fault, patience_s=_PATIENCE_S)
    assert result.false_duplicates > 0, result


def test_the_right_implementation_may_be_delivered_twice(
    stack: Stack, tmp_path: Path, record: Callable[[Result], None]
) -> None:
    environ = isolated(stack, "delivered_twice")
    with running(environ, tmp_path) as system:
        record(run_scenario("everything delivered twice", system, lambda: deliver_again(system)))
