"""What is going on when a process is killed: servers prepared, and the program that is at work then."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from admin.dead_letters import DeadLetters
from eventrush.gate import codec
from eventrush.ledger.dead_letters import DeadLetter, Position, Reason
from eventrush.models import Delivery, Entry, Event, EventState, StreamRecord
from eventrush.stream.message import encode
from tests.chaos.crash.crashing import Program
from tests.chaos.crash.world import EVENT, World

CAPACITY: Final = 5
_TOPIC: Final = "event.join"
_RULES: Final = Event(EVENT, "Crash", CAPACITY)


@dataclass(frozen=True, slots=True)
class Plot:
    """A situation, and who is at work in it; `retry` is who does it again, besides AWS: a client or an operator."""

    name: str
    prepare: Callable[[World], None]
    program: Program
    retry: Callable[[World], object] = lambda world: world.join("first", "k-first")


def _a_seat_is_taken(world: World) -> None:
    world.begin(_RULES)
    world.join("first", "k-first")


def _winners_are_in_the_stream(world: World) -> None:
    """Two of an epoch that is over, one of now; and a record that is no entry."""
    world.begin(_RULES)
    for user in ("first", "second"):
        world.join(user, f"k-{user}")
    _lose(world)
    world.reconcile()
    world.join("third", "k-third")
    world.deps.publisher.republish(replace(_record(), value=b"no entry"))


def _entries_are_overdue(world: World) -> None:
    """One is recorded and not confirmed, one was never published, one is a dead letter; and the rules differ."""
    ended = Event("ended", "Ended", 1, closes_at=datetime.now(UTC) + timedelta(seconds=0.2))
    world.begin(_RULES, ended)
    recorded, _unheard, dead = (_claimed(world, user) for user in ("first", "second", "third"))
    world.deps.ledger.batch.record([Delivery(recorded, _record())], [DeadLetter(_record(), Reason.MALFORMED, "", dead)])
    world.deps.ledger.update_event(replace(_RULES, name="Renamed"))
    world.deps.ledger.update_event(replace(ended, state=EventState.CLOSED))
    world.age_pending(EVENT)


def _a_letter_is_dead(world: World) -> None:
    """Lay aside a winner's record, which could not be recorded when it came, and could be now."""
    world.begin(_RULES)
    entry = _claimed(world, "first")
    key, value, headers = encode(entry)
    named = {name: bytes(text) for name, text in headers if isinstance(text, bytes)}
    record = replace(_record(), key=key, value=value, headers=named)
    world.deps.ledger.batch.record([], [DeadLetter(record, Reason.BEYOND_CAPACITY, "", entry)])


def _the_gate_was_restarted(world: World) -> None:
    """One is recorded, one is in the stream, one only at the gate."""
    world.begin(_RULES)
    world.join("first", "k-first")
    world.redeliver()
    world.join("second", "k-second")
    _claimed(world, "third")
    _lose(world)


def _the_gate_is_empty(world: World) -> None:
    _the_gate_was_restarted(world)
    world.redis.flushdb()


def _lose(world: World) -> None:
    """Make the gate one that another server had."""
    world.redis.hset(codec.event_keys(EVENT).rules, "runId", "another")


def _claimed(world: World, user_id: str) -> Entry:
    """Claim a seat and tell nobody."""
    entry = world.deps.gate.claim(EVENT, user_id, f"k-{user_id}").entry
    assert entry
    return entry


def _record() -> StreamRecord:
    return StreamRecord(_TOPIC, 0, 0, datetime.now(UTC), None, None)


PLOTS: Final = [
    Plot(
        "join",
        _a_seat_is_taken,
        Program("join_once", (EVENT, "second", "k-second")),
        retry=lambda world: world.join("second", "k-second"),
    ),
    Plot("persist", _winners_are_in_the_stream, Program("persist_once")),
    Plot(
        "reconcile",
        _entries_are_overdue,
        Program("reconcile_once"),
        retry=lambda world: world.join("second", "k-second"),
    ),
    Plot(
        "redrive",
        _a_letter_is_dead,
        Program("redrive_once", (_TOPIC,)),
        retry=lambda world: DeadLetters(world.deps.ledger, world.deps.publisher).redrive(Position(_TOPIC, 0, 0)),
    ),
    Plot(
        "rebuild",
        _the_gate_was_restarted,
        Program("reconcile_once"),
        retry=lambda world: world.join("third", "k-third"),
    ),
]
FROM_NOTHING: Final = Plot(
    "rebuild from nothing",
    _the_gate_is_empty,
    Program("reconcile_once"),
    retry=lambda world: world.join("third", "k-third"),
)
