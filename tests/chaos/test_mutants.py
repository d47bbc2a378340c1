"""The judge reports the faults of faulty implementations, in the same rush that the application goes through."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from cli.environment import environment, kafka_options
from eventrush.models import Event
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


def test_a_gate_that_gives_random_seats_is_out_of_order(stack: Stack, tmp_path: Path) -> None:
    environ = isolated(stack, "random_seats")
    with running(environ, tmp_path, join="tests.chaos.mutants.scattered_handler") as system:
        result = run_scenario("random seats", system, no_fault, patience_s=_PATIENCE_S)
    assert result.inversions, result
    assert result.lost == result.oversold == result.doubled == result.false_duplicates == 0, result


def test_seats_that_a_rebuild_freed_are_excused_by_name(
    stack: Stack, tmp_path: Path, record: Callable[[Result], None]
) -> None:
    """Users claim and are never published; the rebuild of an empty gate frees their seats, and late users get them."""
    environ = isolated(stack, "freed_seats")
    events: list[Event] = []

    def noted(event: Event) -> Event:
        events.append(event)
        return event

    with running(environ, tmp_path) as system:
        gate = system.admin.gate

        def claim_and_empty() -> None:
            (event,) = events
            claimed = [gate.claim(event.event_id, f"unpublished-{number}", "key") for number in range(5)]
            highest = max(outcome.entry.seat_no for outcome in claimed if outcome.entry)
            until(lambda: (facts := gate.facts(event.event_id)) and facts.issued > highest + 100)
            faults.empty(stack.services["redis"])

        result = run_scenario("seats freed by a rebuild", system, claim_and_empty, rules=noted)
    record(result)
    assert len([pair for pair in result.excused if pair.endswith("was freed")]) >= 5, result


def test_the_right_implementation_may_be_delivered_twice(
    stack: Stack, tmp_path: Path, record: Callable[[Result], None]
) -> None:
    environ = isolated(stack, "delivered_twice")
    with running(environ, tmp_path) as system:
        record(run_scenario("everything delivered twice", system, lambda: deliver_again(system)))
