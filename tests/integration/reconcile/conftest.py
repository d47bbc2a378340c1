"""A gate, a ledger and a stream that hold nothing but the test's own events."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import redis

from admin.service import Admin
from eventrush import ledger as ledgers
from eventrush import stream as streams
from eventrush.entry import Entry
from eventrush.event import Event
from eventrush.gate import Gate, keys
from eventrush.ledger import Ledger
from eventrush.record import StreamRecord
from eventrush.settings import EventSettings, LedgerSettings, StreamSettings
from eventrush.verdict import Outcome
from local.servers import Stack
from persist.service import persist
from reconcile import service
from reconcile.service import Reconciled
from reconcile.wiring import Dependencies
from tests.integration.conftest import new_id
from tests.topics import commit, own_topic


@dataclass(frozen=True)
class World:
    """What reconcile depends on, and the hands of a test in it."""

    wired: Dependencies
    raw: redis.Redis
    environ: Mapping[str, str]
    stream: StreamSettings

    @contextmanager
    def another_ledger(self) -> Iterator[Ledger]:
        """Connect as another environment would."""
        ledger = ledgers.connect(LedgerSettings.from_env(self.environ))
        yield ledger
        ledger.database.close()

    def new_event(self, capacity: int = 10, **rules: object) -> Event:
        return Admin(self.wired.gate, self.wired.ledger).create(Event(new_id(), "An event", capacity, **rules))  # type: ignore[arg-type]

    def claim(self, event: Event, user_id: str) -> Outcome:
        return self.wired.gate.claim(event.event_id, user_id, f"a-{user_id}")

    def won(self, event: Event, *users: str) -> list[Entry]:
        """Have users claim; give the seats that they got."""
        return [entry for user_id in users if (entry := self.claim(event, user_id).entry)]

    def published(self) -> list[StreamRecord]:
        """Give every record that is not persisted."""
        return list(self.wired.reader.records(self.wired.reader.spans()))

    def persist(self) -> None:
        """Do what the mapping and PersistFunction do with every record there is."""
        spans = self.wired.reader.spans()
        persist(self.wired.gate, self.wired.ledger, self.wired.reader.records(spans))
        commit(self.stream, spans)

    def age(self, event: Event, seconds: float = 3600) -> None:
        """Make every pending entry older."""
        pending = keys.of_event(event.event_id).pending
        for user, _score in self.raw.zscan_iter(pending):
            self.raw.zincrby(pending, -seconds * 1e6, user)

    def lose(self) -> None:
        """Have the gate lose its memory, as a server restarted empty."""
        self.raw.flushall()

    def reconcile(self, time_left: Callable[[], bool] = lambda: True) -> dict[str, Reconciled]:
        """Reconcile once; raises what kept a gate from being rebuilt."""
        done = service.reconcile(self.wired, time_left)
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
def world(
    stack: Stack, real_gate: Gate, real_ledger: Ledger, raw: redis.Redis, _blank: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    # Nobody is between claim and publish here, so a rebuild need not wait for them.
    monkeypatch.setattr("eventrush.rebuilding.SHELF_LIFE_S", 0)
    with own_topic(stack.environ, partitions=2) as settings:
        wired = Dependencies(
            real_gate,
            real_ledger,
            streams.connect(settings),
            streams.reader(settings),
            EventSettings.from_env({"RECONCILE_OVERDUE_S": "30", "RETENTION_DAYS": "30"}),
        )
        yield World(wired, raw, stack.environ, settings)
