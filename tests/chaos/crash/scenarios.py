"""What is going on when a process is killed: how the servers are prepared, and which program is running."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from eventrush.gate import codec
from eventrush.ledger.dead_letters import DeadLetter, Reason
from eventrush.models import Delivery, Entry, Event, EventState, Position, StreamRecord
from eventrush.stream.message import encode
from tests.chaos.crash.crash_process import Program
from tests.chaos.crash.environment import EVENT_ID, Environment

CAPACITY: Final = 5
_TOPIC: Final = "event.join"
_EVENT: Final = Event(EVENT_ID, "Crash", CAPACITY)


def _joins_again(user_id: str) -> Callable[[Environment], object]:
    return lambda environment: environment.join(user_id, f"k-{user_id}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A prepared situation, the program that runs in it, and the client or operator who repeats what was cut off."""

    name: str
    prepare: Callable[[Environment], None]
    program: Program
    retry: Callable[[Environment], object]


def _one_seat_taken(environment: Environment) -> None:
    environment.reset(_EVENT)
    environment.join("first", "k-first")


def _records_of_two_epochs(environment: Environment) -> None:
    """Send two entries of a past epoch, one of the current epoch, and a record that is no entry."""
    environment.reset(_EVENT)
    for user in ("first", "second"):
        environment.join(user, f"k-{user}")
    _lose_gate(environment)
    environment.reconcile()
    environment.join("third", "k-third")
    environment.deps.publisher.republish(replace(_record(), value=b"no entry"))


def _overdue_entries(environment: Environment) -> None:
    """Record one and do not confirm it, do not publish one, make one a dead letter; and make the rules differ."""
    ended = Event("ended", "Ended", 1, closes_at=datetime.now(UTC) + timedelta(seconds=0.2))
    environment.reset(_EVENT, ended)
    ledger = environment.deps.ledger
    recorded, _unpublished, dead = (_claim(environment, user) for user in ("first", "second", "third"))
    ledger.batch.record([Delivery(recorded, _record())], [DeadLetter(_record(), Reason.MALFORMED, "", dead)])
    ledger.update_event(replace(_EVENT, name="Renamed"))
    ledger.update_event(replace(ended, state=EventState.CLOSED))
    environment.make_overdue(EVENT_ID)


def _dead_letter(environment: Environment) -> None:
    """Make a dead letter of a winner's record, which could be recorded by now."""
    environment.reset(_EVENT)
    entry = _claim(environment, "first")
    key, value, headers = encode(entry)
    raw = {name: bytes(text) for name, text in headers if isinstance(text, bytes)}
    record = replace(_record(), key=key, value=value, headers=raw)
    environment.deps.ledger.batch.record([], [DeadLetter(record, Reason.BEYOND_CAPACITY, "", entry)])


def _redrive(environment: Environment) -> None:
    environment.admin.redrive(Position(_TOPIC, 0, 0), environment.deps.publisher)


def _restarted_gate(environment: Environment) -> None:
    """Record one entry, leave one in the stream and one in the gate alone, and restart the gate."""
    environment.reset(_EVENT)
    environment.join("first", "k-first")
    environment.redeliver()
    environment.join("second", "k-second")
    _claim(environment, "third")
    _lose_gate(environment)


def _empty_gate(environment: Environment) -> None:
    _restarted_gate(environment)
    environment.redis.flushdb()


def _lose_gate(environment: Environment) -> None:
    """Make the rules those of another server's memory."""
    environment.redis.hset(codec.event_keys(EVENT_ID).rules, "runId", "another")


def _claim(environment: Environment, user_id: str) -> Entry:
    """Claim a seat, and neither publish it nor reply."""
    entry = environment.deps.gate.claim(EVENT_ID, user_id, f"k-{user_id}").entry
    assert entry
    return entry


def _record() -> StreamRecord:
    return StreamRecord(_TOPIC, 0, 0, datetime.now(UTC), None, None)


SCENARIOS: Final = [
    Scenario("join", _one_seat_taken, Program("join_once", (EVENT_ID, "second", "k-second")), _joins_again("second")),
    Scenario("persist", _records_of_two_epochs, Program("persist_once"), _joins_again("first")),
    Scenario("reconcile", _overdue_entries, Program("reconcile_once"), _joins_again("second")),
    Scenario("redrive", _dead_letter, Program("redrive_once", (_TOPIC,)), _redrive),
    Scenario("rebuild", _restarted_gate, Program("reconcile_once"), _joins_again("third")),
]
EMPTY_GATE: Final = Scenario("rebuild of an empty gate", _empty_gate, Program("reconcile_once"), _joins_again("third"))
