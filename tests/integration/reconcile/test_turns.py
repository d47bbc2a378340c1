"""A pass that runs out of time continues where it stopped, and an error of one event stops no other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NoReturn

import pytest

from eventrush.errors import GateUnavailableError, LedgerError, StreamUnavailableError
from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event
from eventrush.settings import GateSettings, LedgerSettings
from eventrush.stream.reader import Span, StreamReader
from reconcile import service
from reconcile.dependencies import Dependencies
from reconcile.progress import Progress
from reconcile.service import Pass
from tests.integration.reconcile.conftest import Environment


def until_called(patch: pytest.MonkeyPatch, owner: object, name: str, times: int) -> Callable[[], bool]:
    """Return a time that is over when this method has been called so many times."""
    method = getattr(owner, name)
    calls = [0]

    def counted(*args: object) -> object:
        calls[0] += 1
        return method(*args)

    patch.setattr(owner, name, counted)
    return lambda: calls[0] < times


def moving_events(env: Environment, number: int) -> list[Event]:
    """Create events with something pending, which is not overdue."""
    events = [env.new_event() for _ in range(number)]
    for event in events:
        env.winners(event, "a")
    return events


def audited(done: Pass) -> list[str]:
    return [event.event_id for event in done.events]


def test_passes_without_enough_time_reach_every_event_in_turn(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = moving_events(env, 5)
    seen: list[str] = []
    for _ in range(5):
        with monkeypatch.context() as patch:
            time_left = until_called(patch, env.deps.ledger.seats, "watermark", 2)
            seen += audited(service.reconcile(env.deps, time_left))
    assert len(seen) == 10
    assert set(seen[:6]) == {event.event_id for event in events}, "in three passes"
    assert all(seen.count(event.event_id) == 2 for event in events)


def test_an_event_that_takes_all_the_time_is_last_at_the_next_pass(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = moving_events(env, 3)
    hog = events[0]
    env.age(hog)
    deps = replace(env.deps, progress=Progress(shuffled=lambda ids: sorted(ids, key=lambda one: one != hog.event_id)))
    time_left = until_called(monkeypatch, deps.ledger.seats, "by_user", 1)
    assert audited(service.reconcile(deps, time_left)) == [], "redelivery took all the time"
    assert deps.progress.in_turn([event.event_id for event in events])[-1] == hog.event_id


class BrokenFor(Gate):
    """Does not answer when the pending seats of some events are read."""

    broken: frozenset[str] = frozenset()

    def pending_seats(self, event_id: str) -> Iterator[int]:
        if event_id in self.broken:
            raise GateUnavailableError("Redis does not answer.")
        return super().pending_seats(event_id)


def test_an_error_of_one_event_stops_no_other(env: Environment) -> None:
    first, broken, last = moving_events(env, 3)
    gate = BrokenFor.connect(GateSettings.from_env(env.environ))
    gate.broken = frozenset({broken.event_id})
    done = service.reconcile(replace(env.deps, gate=gate), lambda: True)
    gate.close()
    assert set(audited(done)) == {first.event_id, last.event_id}
    assert list(done.errors) == [broken.event_id]
    assert isinstance(done.failure, GateUnavailableError)


def test_a_server_that_stops_answering_ends_the_pass(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """One error, not one an event."""
    moving_events(env, 3)
    ledger = Ledger.connect(LedgerSettings.from_env(env.environ))
    asked: list[str] = []

    def no_answer() -> NoReturn:
        raise LedgerError("MySQL does not answer, or refuses the connection (error 2003).")

    def stop_answering(event_id: str) -> NoReturn:
        asked.append(event_id)
        monkeypatch.setattr(ledger, "ping", no_answer)
        no_answer()

    monkeypatch.setattr(ledger.seats, "watermark", stop_answering)
    with pytest.raises(LedgerError, match="does not answer"):
        service.reconcile(replace(env.deps, ledger=ledger), lambda: True)
    ledger.close()
    assert len(asked) == 1


def test_an_event_whose_redelivery_fails_delays_no_other(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    events = moving_events(env, 4)
    for event in events:
        env.age(event)
    seats = env.deps.ledger.seats
    by_user = seats.by_user

    def failing(event_id: str, user_ids: Sequence[str]) -> dict[str, int]:
        if event_id == events[1].event_id:
            raise LedgerError("MySQL cannot execute the statement (error 1064).")
        return by_user(event_id, user_ids)

    monkeypatch.setattr(seats, "by_user", failing)
    done = service.reconcile(env.deps, lambda: True)
    assert list(done.errors) == [events[1].event_id]
    assert len(env.uncommitted_records()) == 3


class NoOffsets(StreamReader):
    """Kafka does not answer."""

    def spans(self) -> list[Span]:
        raise StreamUnavailableError("Kafka does not answer.")


def without_kafka(env: Environment) -> Dependencies:
    return replace(env.deps, reader=NoOffsets({}, env.stream.topic, env.stream.consumer_group))


def test_without_kafka_lost_gates_wait_and_the_others_are_audited(env: Environment) -> None:
    lost, other = env.new_event(), env.new_event()
    env.reconcile()
    env.raw.delete(codec.event_keys(lost.event_id).rules)
    done = service.reconcile(without_kafka(env), lambda: True)
    assert list(done.errors) == [lost.event_id]
    assert audited(done) == [other.event_id]


def test_while_an_operator_rebuilds_a_lost_event_is_no_failure(env: Environment) -> None:
    event = env.new_event()
    env.raw.delete(codec.event_keys(event.event_id).rules)
    with env.second_ledger() as second, second.database.advisory_lock("rebuild"):
        done = service.reconcile(env.deps, lambda: True)
    assert (done.errors, done.events, done.watched) == ({}, [], [event.event_id])
    assert audited(service.reconcile(env.deps, lambda: True)) == [event.event_id]


def test_what_people_ask_for_is_rebuilt_first(env: Environment) -> None:
    """The events whose rebuild failed stand in the order of the rebuild."""
    quiet, hot = env.new_event(), env.new_event()
    env.raw.delete(codec.event_keys(quiet.event_id).rules, codec.event_keys(hot.event_id).rules)
    env.claim(quiet, "u")
    for number in range(3):
        env.claim(hot, f"u{number}")
    done = service.reconcile(without_kafka(env), lambda: True)
    assert list(done.errors) == [hot.event_id, quiet.event_id]
