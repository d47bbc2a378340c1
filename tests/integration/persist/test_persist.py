"""Batches of the mapping, with the real gate and ledger."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cli.environment import environment
from eventrush.errors import LedgerError
from eventrush.gate.gate import Gate, Reclaimed
from eventrush.ledger.ledger import Ledger
from eventrush.models import Entry, Event
from eventrush.settings import LedgerSettings
from eventrush.stream.message import encode
from local.ports import free_port
from local.servers import Stack
from persist import handler
from persist.dependencies import Dependencies
from tests.deliveries import NOW, an_entry, record_of
from tests.integration.conftest import connected, kill_connection_of


@pytest.fixture
def deps(real_gate: Gate, real_ledger: Ledger) -> Dependencies:
    return Dependencies(real_gate, real_ledger.batch)


def kafka_event(*values: Entry | bytes) -> dict[str, Any]:
    """Return the mapping's event for entries, or raw values, on one partition."""
    records = []
    for value in values:
        key, content, headers = encode(value) if isinstance(value, Entry) else (b"k", value, [])
        records.append(
            {
                "topic": "test",
                "partition": 0,
                "offset": record_of(an_entry("any", 1)).offset,
                "timestamp": 1795338000123,
                "timestampType": "CREATE_TIME",
                "key": base64.b64encode(key or b"").decode(),
                "value": base64.b64encode(content or b"").decode(),
                "headers": [{name: list(raw)} for name, raw in headers if isinstance(raw, bytes)],
            }
        )
    return {"eventSource": "aws:kafka", "records": {"test-0": records}}


def winners(gate: Gate, event: Event, users: Sequence[str]) -> list[Entry]:
    claimed = [gate.claim(event.event_id, user_id, f"a-{user_id}").entry for user_id in users]
    return [entry for entry in claimed if entry]


def pending(gate: Gate, event: Event) -> int:
    facts = gate.facts(event.event_id)
    assert facts is not None
    return facts.pending


def test_winners_are_recorded_and_confirmed(
    deps: Dependencies, real_gate: Gate, real_ledger: Ledger, event: Event
) -> None:
    handler.handle(kafka_event(*winners(real_gate, event, "abcde")), deps)
    totals = real_ledger.totals(event.event_id)
    assert (totals.entries, totals.users, totals.seats, totals.min_seat, totals.max_seat) == (5, 5, 5, 1, 5)
    assert pending(real_gate, event) == 0


def test_a_redelivered_batch_changes_nothing(
    deps: Dependencies, real_gate: Gate, real_ledger: Ledger, event: Event
) -> None:
    batch = kafka_event(*winners(real_gate, event, "abc"), b"{poison")
    handler.handle(batch, deps)
    before = real_ledger.totals(event.event_id)
    handler.handle(batch, deps)
    assert real_ledger.totals(event.event_id) == before


def test_invalid_records_are_dead_letters_and_entries_are_recorded(
    deps: Dependencies, real_gate: Gate, real_ledger: Ledger, event: Event
) -> None:
    first, second = winners(real_gate, event, "ab")
    unknown, beyond = an_entry("t-no-such-event", 1), an_entry(event.event_id, 11)
    stolen, doubled = an_entry(event.event_id, 1, "thief"), an_entry(event.event_id, 9, "a")
    batch = kafka_event(b"\xff", first, unknown, b"[]", beyond, second, stolen, doubled)
    handler.handle(batch, deps)
    totals = real_ledger.totals(event.event_id)
    assert (totals.entries, totals.dead, pending(real_gate, event)) == (2, 3, 0)
    letters = real_ledger.dead_letters.list(event_id=event.event_id, state=None, limit=10)
    assert {(letter.seat_no, letter.user_id): letter.reason for letter in letters} == {
        (11, "user-11"): "beyond_capacity",
        (1, "thief"): "seat_taken",
        (9, "a"): "user_has_seat",
    }


def test_entries_are_recorded_while_the_gate_does_not_answer(
    stack: Stack, real_gate: Gate, real_ledger: Ledger, event: Event
) -> None:
    entries = winners(real_gate, event, "ab")
    with connected(environment(stack) | {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0"}) as gate:
        handler.handle(kafka_event(*entries), Dependencies(gate, real_ledger.batch))
    assert real_ledger.totals(event.event_id).entries == 2
    assert pending(real_gate, event) == 2


def test_a_ledger_that_does_not_answer_fails_the_invocation(
    stack: Stack, deps: Dependencies, real_gate: Gate, real_ledger: Ledger, event: Event
) -> None:
    batch = kafka_event(*winners(real_gate, event, "ab"))
    ledger = Ledger.connect(LedgerSettings.from_env(environment(stack) | {"MYSQL_PORT": str(free_port())}))
    with pytest.raises(LedgerError):
        handler.handle(batch, Dependencies(real_gate, ledger.batch))
    assert pending(real_gate, event) == 2
    handler.handle(batch, deps)
    assert (real_ledger.totals(event.event_id).entries, pending(real_gate, event)) == (2, 0)


@pytest.fixture
def second_epoch(real_gate: Gate, real_ledger: Ledger, event: Event) -> Event:
    """Return the event after a rebuild that found b on seat 1, and seat 2 free."""
    raised = real_ledger.raise_epoch(event.event_id)
    b = an_entry(event.event_id, 1, "b")
    rebuild = real_gate.rebuild_session(event.event_id)
    rebuild.freeze()
    rebuild.put_pending([(b, NOW)], raised.epoch)
    rebuild.reopen(raised, 2, [2], None)
    return raised


def test_a_late_entry_of_an_older_epoch_reclaims_its_free_seat(
    deps: Dependencies, real_gate: Gate, real_ledger: Ledger, second_epoch: Event
) -> None:
    late = replace(an_entry(second_epoch.event_id, 2, "late"), request_time=NOW)
    handler.handle(kafka_event(late), deps)
    assert real_ledger.seats.by_user(second_epoch.event_id, ["late"]) == {"late": 2}
    status = real_gate.entry(second_epoch.event_id, "late")
    assert status is not None
    assert (status.entry.seat_no, status.pending) == (2, False)
    seats = [entry.seat_no for entry in winners(real_gate, second_epoch, [f"u{number}" for number in range(9)])]
    assert sorted(seats) == list(range(3, 11)), "its seat is given to no other user"


def test_a_late_entry_of_an_older_epoch_whose_seat_is_taken_is_a_dead_letter(
    deps: Dependencies, real_ledger: Ledger, second_epoch: Event
) -> None:
    handler.handle(kafka_event(an_entry(second_epoch.event_id, 1, "late")), deps)
    (letter,) = real_ledger.dead_letters.list(event_id=second_epoch.event_id, state=None, limit=10)
    assert (letter.reason, letter.user_id) == ("stale_epoch", "late")


def test_a_retried_query_of_epochs_returns_them(
    deps: Dependencies, real_ledger: Ledger, second_epoch: Event, stack: Stack
) -> None:
    """An empty result would make the stale entry look current."""
    kill_connection_of(real_ledger, stack)
    handler.handle(kafka_event(an_entry(second_epoch.event_id, 1, "late")), deps)
    assert real_ledger.totals(second_epoch.event_id).entries == 0


def test_a_late_entry_is_parked_while_the_gate_is_lost(
    deps: Dependencies, real_gate: Gate, real_ledger: Ledger, event: Event
) -> None:
    current = winners(real_gate, event, "a")
    real_ledger.raise_epoch(event.event_id)
    real_gate.rebuild_session(event.event_id).freeze()
    batch = kafka_event(*current)
    for _ in range(2):
        handler.handle(batch, deps)
    assert real_ledger.parked.by_user(event.event_id, ["a", "b"]) == {("a", 1)}
    assert list(real_ledger.parked.seats(event.event_id)) == [1], "a record that is delivered again is parked once"
    assert real_ledger.totals(event.event_id).entries == 0


@dataclass
class RebuiltMeanwhile:
    """A gate whose event is rebuilt once more after it has decided."""

    gate: Gate
    ledger: Ledger

    def confirm(self, event_id: str, user_ids: Sequence[str]) -> int:
        return self.gate.confirm(event_id, user_ids)

    def reclaim(self, entries: Sequence[Entry]) -> Reclaimed:
        reclaimed = self.gate.reclaim(entries)
        self.ledger.raise_epoch(entries[0].event_id)
        return reclaimed


@pytest.mark.parametrize("seat_no", [1, 2])
def test_what_was_decided_before_another_rebuild_is_parked(
    deps: Dependencies, real_gate: Gate, real_ledger: Ledger, second_epoch: Event, seat_no: int
) -> None:
    """Neither the row of the free seat 2 nor the dead letter of the taken seat 1 may follow a rebuild's reading."""
    late = an_entry(second_epoch.event_id, seat_no, "late")

    handler.handle(kafka_event(late), replace(deps, gate=RebuiltMeanwhile(real_gate, real_ledger)))
    totals = real_ledger.totals(second_epoch.event_id)
    assert (totals.entries, totals.dead) == (0, 0)
    assert real_ledger.parked.by_user(second_epoch.event_id, ["late"]) == {("late", seat_no)}
