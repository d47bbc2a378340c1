"""A gate, a ledger and a stream that have only the events of the test."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NoReturn, Self

import pytest
import redis
from confluent_kafka import Producer

from admin.service import Admin
from cli.environment import environment
from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.models import Entry, EntryStatus, Event, EventFacts, Outcome, StreamRecord
from eventrush.rebuild import Rebuilt, rebuild
from eventrush.settings import EventSettings, LedgerSettings, StreamSettings
from eventrush.stream.client import producer_config
from eventrush.stream.message import encode
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader
from local.servers import Stack
from persist.service import persist
from reconcile import service
from reconcile.dependencies import Dependencies
from reconcile.progress import Progress
from reconcile.service import Reconciled
from tests.integration.conftest import new_id
from tests.topics import commit, own_topic


@dataclass(frozen=True)
class Environment:
    """The dependencies of reconcile, and what a test does with them."""

    deps: Dependencies
    raw: redis.Redis
    environ: Mapping[str, str]
    stream: StreamSettings

    def with_deps(self, **changes: Any) -> Self:
        """Return a copy with some other dependencies."""
        return replace(self, deps=replace(self.deps, **changes))

    def during_rebuild(self, act: Callable[[], object]) -> Self:
        """Return a copy in which this is done while a rebuild waits."""
        return self.with_deps(sleep=lambda _seconds: act())

    @contextmanager
    def second_ledger(self) -> Iterator[Ledger]:
        """Yield a ledger with a connection of its own."""
        ledger = Ledger.connect(LedgerSettings.from_env(self.environ))
        yield ledger
        ledger.close()

    def new_event(self, capacity: int = 10, **rules: object) -> Event:
        return Admin(self.deps.gate, self.deps.ledger).create(Event(new_id(), "An event", capacity, **rules))  # type: ignore[arg-type]

    def claim(self, event: Event, user_id: str) -> Outcome:
        return self.deps.gate.claim(event.event_id, user_id, f"a-{user_id}")

    def winners(self, event: Event, *users: str) -> list[Entry]:
        """Claim seats for these users; returns the entries of those who have one."""
        return [entry for user_id in users if (entry := self.claim(event, user_id).entry)]

    def seats(self, event: Event, *users: str) -> list[int]:
        """Claim seats for these users; returns the seats of those who have one."""
        return [entry.seat_no for entry in self.winners(event, *users)]

    def facts(self, event: Event) -> EventFacts:
        facts = self.deps.gate.facts(event.event_id)
        assert facts is not None
        return facts

    def status(self, event: Event, user_id: str) -> EntryStatus:
        status = self.deps.gate.entry(event.event_id, user_id)
        assert status is not None
        return status

    def uncommitted_records(self) -> list[StreamRecord]:
        return list(self.deps.reader.records(self.deps.reader.spans()))

    def persist(self) -> None:
        """Persist and commit every record, as the mapping and PersistFunction do."""
        spans = self.deps.reader.spans()
        persist(self.deps.gate, self.deps.ledger.batch, self.deps.reader.records(spans))
        commit(self.stream, spans)

    def send(self, entries: Sequence[Entry], seconds_ago: float) -> None:
        """Send these entries, as was done so long ago: their records were created then."""
        producer = Producer(producer_config(self.stream))
        created_ms = int((time.time() - seconds_ago) * 1000)
        for key, value, headers in map(encode, entries):
            producer.produce(self.stream.topic, value, key, headers=headers, timestamp=created_ms)
        assert producer.flush(10) == 0
        for event_id in {entry.event_id for entry in entries}:
            scores = {entry.user_id: created_ms * 1000 for entry in entries if entry.event_id == event_id}
            self.raw.zadd(codec.event_keys(event_id).pending, scores)

    def age(self, event: Event, seconds: float = 3600) -> None:
        """Make every pending entry older."""
        pending = codec.event_keys(event.event_id).pending
        for user, _score in self.raw.zscan_iter(pending):
            self.raw.zincrby(pending, -seconds * 1e6, user)

    def empty_gate(self) -> None:
        """Delete everything from Redis, as in a server restarted without its file."""
        self.raw.flushall()

    def restart_gate(self, event: Event) -> None:
        """Make the event's rules those of another server, as in a server restarted from its file."""
        self.raw.hset(codec.event_keys(event.event_id).rules, "runId", "0" * 40)

    @contextmanager
    def unreadable_seats(self) -> Iterator[None]:
        """Let every audit that reads seats fail for the length of the block."""
        seats = self.deps.ledger.seats

        def unreadable(*_: object) -> NoReturn:
            raise AssertionError("the seats are read")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(seats, "watermark", unreadable)
            patch.setattr(seats, "recorded", unreadable)
            yield

    def rebuild(self, event: Event, *, only_lost: bool = False) -> list[Rebuilt]:
        """Rebuild one event's gate, as an operator does."""
        deps = self.deps
        retention = timedelta(days=deps.settings.retention_days)
        done, failed = rebuild(
            deps.gate, deps.ledger, deps.reader, [event.event_id], retention, only_lost=only_lost, publish_deadline_s=0
        )
        assert not failed
        return done

    def reconcile(self, time_left: Callable[[], bool] = lambda: True) -> dict[str, Reconciled]:
        """Reconcile once; raises the error of a gate that was not repaired."""
        done = service.reconcile(self.deps, time_left)
        if done.failure:
            raise done.failure
        return {reconciled.event_id: reconciled for reconciled in done.events}


@pytest.fixture
def _blank(real_ledger: Ledger, raw: redis.Redis) -> None:
    with real_ledger.database.transaction() as cursor:
        for table in ("event_join", "dead_letter", "parked", "open_seat", "event"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 our own names
    raw.flushall()


@pytest.fixture
def env(stack: Stack, real_gate: Gate, real_ledger: Ledger, raw: redis.Redis, _blank: None) -> Iterator[Environment]:
    with own_topic(environment(stack), partitions=2) as settings:
        deps = Dependencies(
            real_gate,
            real_ledger,
            StreamPublisher.connect(settings),
            StreamReader.connect(settings),
            EventSettings.from_env({"RETENTION_DAYS": "30"}),
            publish_deadline_s=30,  # nothing is overdue but what a test makes older
            sleep=lambda _seconds: None,  # no claim is still being published
            progress=Progress(),
        )
        yield Environment(deps, raw, environment(stack), settings)
