"""The servers as a crash finds them: emptied and prepared; and, afterwards, looked after as AWS would."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final, Self

from confluent_kafka import OFFSET_END, TopicPartition
from confluent_kafka.admin import AdminClient
from redis import Redis

import join.handler
from admin.report import Report
from admin.service import Admin
from eventrush.gate import codec
from eventrush.models import Event
from eventrush.settings import StreamSettings
from eventrush.stream.publisher import GuardedPublisher
from eventrush.stream.reader import StreamReader
from join.dependencies import Dependencies as JoinDependencies
from persist import service as persisting
from reconcile import service as reconciling
from reconcile.dependencies import Dependencies, connect
from tests.chaos import answers
from tests.chaos.answers import Heard
from tests.chaos.checker import Row
from tests.context import lambda_context
from tests.samples import join_event

EVENT: Final = "crash"
_EMPTY: Final = ("open_seat", "dead_letter", "event_join", "event")


@dataclass
class World:
    """The servers of a stack for one try after another, and what was heard in this one."""

    environ: dict[str, str]
    deps: Dependencies
    redis: Redis
    kafka: AdminClient
    heard: list[Heard] = field(default_factory=list)
    _tries: "count[int]" = field(default_factory=count)

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Connect to a stack and make its tables."""
        environ = {**environ, "PUBLISH_TIMEOUT_MS": "2500"}  # as long as may be: what is prepared must be there
        deps = connect(environ)
        deps.ledger.migrate()
        kafka = AdminClient({"bootstrap.servers": environ["KAFKA_BOOTSTRAP_SERVERS"], "log_level": 0})
        return cls({**environ, "RECONCILE_OVERDUE_S": "30"}, deps, Redis.from_url(environ["REDIS_URL"]), kafka)

    @property
    def admin(self) -> Admin:
        """Give the operators' commands."""
        return Admin(self.deps.gate, self.deps.ledger)

    def begin(self, *events: Event) -> None:
        """Empty every server, create these events, and take a consumer group that has committed nothing."""
        self.heard.clear()
        self.redis.flushdb()
        with self.deps.ledger.database.transaction() as cursor:
            for table in _EMPTY:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 names of ours
        self._truncate(self.environ["KAFKA_TOPIC"])
        self.environ["KAFKA_CONSUMER_GROUP"] = f"crash-{next(self._tries)}"
        self.deps = replace(self.deps, reader=StreamReader.connect(StreamSettings.from_env(self.environ)))
        for event in events:
            self.admin.create(event)

    def join(self, user_id: str, key: str, event_id: str = EVENT, *, again: bool = False) -> Heard:
        """Join as a client does, in an environment that nobody kills, and remember the answer."""
        publisher = GuardedPublisher(self.deps.publisher, 1.0)
        event = join_event(f'{{"userId": "{user_id}"}}', event_id=event_id, headers={"idempotency-key": key})
        deps = JoinDependencies(self.deps.gate, publisher, event_id)
        response = join.handler.handle(event, lambda_context(), deps)
        heard = answers.read(user_id, key, response["statusCode"], json.loads(response["body"]), again=again)
        self.heard.append(heard)
        return heard

    def look_after(self) -> None:
        """Do what AWS would: deliver again what was not committed, and reconcile when entries have become overdue."""
        self.redeliver()
        for event in self.deps.ledger.list_events():
            self.age_pending(event.event_id)
        self.reconcile()
        self.redeliver()

    def reconcile(self) -> None:
        """Make one pass."""
        reconciling.reconcile(self.deps, lambda: True)

    def redeliver(self) -> None:
        """Persist every record after what the group has committed."""
        records = list(self.deps.reader.records(self.deps.reader.spans()))
        persisting.persist(self.deps.gate, self.deps.ledger.batch, records)

    def rows(self, event_id: str = EVENT) -> list[Row]:
        """Give what is recorded."""
        return [
            Row(entry.seat_no, entry.user_id)
            for entries in self.deps.ledger.seats.entries(event_id)
            for entry in entries
        ]

    def report(self, event_id: str = EVENT) -> Report:
        """Give the event's books."""
        return self.admin.report(event_id)

    def age_pending(self, event_id: str) -> None:
        """Let a minute pass for the entries that wait."""
        pending = codec.event_keys(event_id).pending
        for user, score in self.redis.zscan_iter(pending):
            self.redis.zadd(pending, {user: score - 60e6}, xx=True)

    def _truncate(self, topic: str) -> None:
        partitions = self.kafka.list_topics(topic, timeout=5).topics[topic].partitions
        # To the end, wherever that is.
        ends = [TopicPartition(topic, number, OFFSET_END) for number in partitions]
        for future in self.kafka.delete_records(ends).values():
            future.result()
