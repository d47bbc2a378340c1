"""A gate, a ledger and a stream that hold nothing but the test's own events."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

import pytest
import redis

from admin.service import Admin
from cli.environment import environment
from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger
from eventrush.models import Entry, Event, Outcome, StreamRecord
from eventrush.rebuild import Rebuilt, rebuild
from eventrush.settings import EventSettings, LedgerSettings, StreamSettings
from eventrush.stream.publisher import StreamPublisher
from eventrush.stream.reader import StreamReader
from local.servers import Stack
from persist.service import persist
from reconcile import service
from reconcile.dependencies import Dependencies
from reconcile.service import Reconciled
from tests.integration.conftest import new_id
from tests.topics import commit, own_topic


@dataclass(frozen=True)
class World:
    """What reconcile depends on, and the hands of a test in it."""

    deps: Dependencies
    raw: redis.Redis
    environ: Mapping[str, str]
    stream: StreamSettings

    @contextmanager
    def another_ledger(self) -> Iterator[Ledger]:
        """Connect as another environment would."""
        ledger = Ledger.connect(LedgerSettings.from_env(self.environ))
        yield ledger
        ledger.close()

    def new_event(self, capacity: int = 10, **rules: object) -> Event:
        return Admin(self.deps.gate, self.deps.ledger).create(Event(new_id(), "An event", capacity, **rules))  # type: ignore[arg-type]

    def claim(self, event: Event, user_id: str) -> Outcome:
        return self.deps.gate.claim(event.event_id, user_id, f"a-{user_id}")

    def won(self, event: Event, *users: str) -> list[Entry]:
        """Have users claim; give the seats that they got."""
        return [entry for user_id in users if (entry := self.claim(event, user_id).entry)]

    def published(self) -> list[StreamRecord]:
        """Give every record that is not persisted."""
        return list(self.deps.reader.records(self.deps.reader.spans()))

    def persist(self) -> None:
        """Do what the mapping and PersistFunction do with every record there is."""
        spans = self.deps.reader.spans()
        persist(self.deps.gate, self.deps.ledger.batch, self.deps.reader.records(spans))
        commit(self.stream, spans)

    def age(self, event: Event, seconds: float = 3600) -> None:
        """Make every pending entry older."""
        pending = codec.event_keys(event.event_id).pending
        for user, _score in self.raw.zscan_iter(pending):
            self.raw.zincrby(pending, -seconds * 1e6, user)

    def lose(self) -> None:
        """Have the gate lose its memory, as a server restarted empty."""
        self.raw.flushall()

    def rebuild(self, event: Event, *, only_lost: bool = False) -> list[Rebuilt]:
        """Rebuild one event's gate as an operator does."""
        deps = self.deps
        return rebuild(deps.gate, deps.ledger, deps.reader, [event.event_id], only_lost=only_lost, publish_deadline_s=0)

    def meanwhile(self, act: Callable[[], object]) -> Self:
        """Return a world in which this is done while a rebuild waits."""
        return replace(self, deps=replace(self.deps, sleep=lambda _seconds: act()))

    def reconcile(self, time_left: Callable[[], bool] = lambda: True) -> dict[str, Reconciled]:
        """Reconcile once; raises what kept a gate from being rebuilt."""
        done = service.reconcile(self.deps, time_left)
        if done.failure:
            raise done.failure
        return {reconciled.event_id: reconciled for reconciled in done.events}


@pytest.fixture
def _blank(real_ledger: Ledger, raw: redis.Redis) -> None:
    with real_ledger.database.transaction() as cursor:
        for table in ("event_join", "dead_letter", "open_seat", "event"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 our own names
    raw.flushall()


@pytest.fixture
def world(stack: Stack, real_gate: Gate, real_ledger: Ledger, raw: redis.Redis, _blank: None) -> Iterator[World]:
    with own_topic(environment(stack), partitions=2) as settings:
        deps = Dependencies(
            real_gate,
            real_ledger,
            StreamPublisher.connect(settings),
            StreamReader.connect(settings),
            EventSettings.from_env({"RECONCILE_OVERDUE_S": "30", "RETENTION_DAYS": "30"}),
            publish_deadline_s=0,  # no claim is on its way to the stream here
        )
        yield World(deps, raw, environment(stack), settings)
