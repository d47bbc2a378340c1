"""Whole events of the mapping become rows, dead letters and parked records."""

import io
import json
from dataclasses import replace

import pytest

from eventrush.errors import SettingsError
from eventrush.ledger.dead_letters import Reason
from eventrush.models import Position
from persist import dependencies, handler
from persist.dependencies import Dependencies
from tests.context import lambda_context
from tests.fakes.gate import FakeGate, open_event
from tests.fakes.ledger import FakeLedger
from tests.samples import sample


def persist(name: str, gate: FakeGate, ledger: FakeLedger) -> None:
    handler.handle(sample(name), Dependencies(gate, ledger))


def test_a_malformed_record_does_not_block_its_partition(gate: FakeGate, ledger: FakeLedger) -> None:
    persist("persist-batch", gate, ledger)
    assert sorted(seat for _, seat in ledger.rows) == [1, 2, 3, 4, 5]
    assert list(ledger.dead) == [Position("event.join", 1, 8)]


def test_each_kind_of_invalid_record_is_a_dead_letter_with_its_reason(gate: FakeGate, ledger: FakeLedger) -> None:
    persist("persist-poison", gate, ledger)
    assert ledger.rows == {}
    assert {position.offset: letter.reason for position, letter in ledger.dead.items()} == {
        20: Reason.MALFORMED,
        21: Reason.MALFORMED,
        22: Reason.UNKNOWN_EVENT,
        23: Reason.BEYOND_CAPACITY,
        24: Reason.MALFORMED,
        25: Reason.MALFORMED,
        26: Reason.MALFORMED,
    }


def test_a_record_that_only_a_lost_gate_could_decide_is_parked(gate: FakeGate, ledger: FakeLedger) -> None:
    ledger.update_event(replace(open_event(), epoch=2))
    gate.lost = True
    persist("persist-one", gate, ledger)
    assert list(ledger.parked) == [Position("event.join", 0, 12)]
    assert ledger.rows == {}


def test_a_dead_letter_is_logged_with_its_position_but_not_its_value(
    gate: FakeGate, ledger: FakeLedger, logged: io.StringIO
) -> None:
    persist("persist-batch", gate, ledger)
    lines = [json.loads(line) for line in logged.getvalue().splitlines() if "dead letter" in line]
    assert [(line["partition"], line["offset"], line["reason"]) for line in lines] == [(1, 8, "malformed")]
    assert not any("not json" in json.dumps(line) for line in lines)


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.delenv("MYSQL_HOST", raising=False)
    dependencies.dependencies.cache_clear()
    with pytest.raises(SettingsError, match=r"^MYSQL_HOST: is required\.$"):
        handler.lambda_handler(sample("persist-one"), lambda_context("PersistFunction"))
