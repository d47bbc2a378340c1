"""The checker finds the faults of variants that are wrong on purpose, in the very same rush."""

from collections.abc import Callable
from pathlib import Path

import pytest

from eventrush.settings import StreamSettings
from eventrush.stream.reader import StreamReader
from local import template
from local.event_source import EventSource
from tests.chaos.faults.ledger import as_root
from tests.chaos.faults.proxied import TwoWays
from tests.chaos.faults.servers import killed
from tests.chaos.rush.apart import apart
from tests.chaos.rush.outcome import Outcome
from tests.chaos.rush.scenario import suffer
from tests.chaos.rush.system import System, running
from tests.waiting import until

pytestmark = pytest.mark.chaos

_PATIENCE_S = 8.0  # what is wrong never settles


def nothing() -> None:
    """Break nothing."""


def delivered_again(system: System) -> None:
    """Have another group deliver every record a second time, until the rush brings it no more."""
    settings = {**system.settings, "KAFKA_CONSUMER_GROUP": f"{system.settings['KAFKA_CONSUMER_GROUP']}-again"}
    reader = StreamReader.connect(StreamSettings.from_env(settings))
    with EventSource(template.load().consumer(), settings=settings, log=system.logs / "again.log"):
        until(lambda: all(span.start == span.end for span in reader.spans()), 60)


def test_a_gate_in_two_steps_oversells(two_ways: TwoWays, tmp_path: Path) -> None:
    environ = apart(two_ways.stack, "wrong_gate")
    with running(environ, tmp_path, join="tests.chaos.wrong.two_step.lambda_handler", workers=4) as system:
        found = suffer("two-step gate", system, nothing, patience_s=_PATIENCE_S)
    assert found.oversold > 0, found


def test_an_answer_before_the_acknowledgement_loses_winners(two_ways: TwoWays, tmp_path: Path) -> None:
    environ = apart(two_ways.stack, "wrong_answer")
    kafka = two_ways.stack.services["kafka"]
    with running(environ, tmp_path, join="tests.chaos.wrong.hasty.lambda_handler") as system:
        found = suffer("hasty answer", system, lambda: killed(kafka), patience_s=_PATIENCE_S)
    assert found.lost > 0, found


def test_a_table_without_keys_doubles_rows(two_ways: TwoWays, tmp_path: Path) -> None:
    environ = apart(two_ways.stack, "wrong_table")
    with running(environ, tmp_path) as system:
        with as_root(two_ways.stack) as cursor:
            cursor.execute(
                "ALTER TABLE wrong_table.event_join DROP PRIMARY KEY, DROP KEY one_entry_a_user, ADD KEY (event_id)"
            )
        found = suffer("no unique keys", system, lambda: delivered_again(system), patience_s=_PATIENCE_S)
    assert found.doubled > 0, found


def test_a_retry_that_is_another_attempt_is_a_false_duplicate(two_ways: TwoWays, tmp_path: Path) -> None:
    environ = apart(two_ways.stack, "wrong_key")
    with running(environ, tmp_path, join="tests.chaos.wrong.keyless.lambda_handler") as system:
        found = suffer("keyless", system, nothing, patience_s=_PATIENCE_S)
    assert found.false_duplicates > 0, found


def test_what_is_right_may_be_delivered_twice(
    two_ways: TwoWays, tmp_path: Path, record: Callable[[Outcome], None]
) -> None:
    environ = apart(two_ways.stack, "right_table")
    with running(environ, tmp_path) as system:
        record(suffer("everything delivered twice", system, lambda: delivered_again(system)))
