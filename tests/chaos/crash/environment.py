"""The servers as a crash finds them, and afterwards the recovery that a client and AWS would bring."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final, Self, cast

from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient
from redis import Redis

import join.handler
from admin.service import Admin, Report
from cli.contract import Attempt, Reply, read_reply
from cli.judge import Judgement, judge, read_rows
from eventrush import timestamps
from eventrush.gate import codec
from eventrush.models import Event, StreamRecord
from eventrush.settings import StreamSettings
from eventrush.stream.client import client_config
from eventrush.stream.publisher import GuardedPublisher
from eventrush.stream.reader import StreamReader
from join.counter import VerdictCounter
from join.dependencies import Dependencies as JoinDependencies
from persist import service as persist_service
from reconcile import dependencies
from reconcile import service as reconcile_service
from reconcile.dependencies import Dependencies
from tests.context import lambda_context
from tests.samples import join_event
from tests.waiting import until

EVENT_ID: Final = "crash"
_TABLES: Final = ("open_seat", "dead_letter", "parked", "event_join", "event")
_TIMEOUT_S: Final = 5.0
_TRANSIENT: Final = {
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}


def connect(environ: Mapping[str, str]) -> Dependencies:
    """Connect reconcile without the waits that are for other processes and full batches: here is neither."""
    deps = dependencies.connect(environ)
    # What reconcile holds for longer than the deadline is not sent: it is a second even for a busy machine.
    return replace(deps, publish_deadline_s=1, sleep=lambda _seconds: None, reader=_reader(environ))


def _reader(environ: Mapping[str, str]) -> StreamReader:
    settings = StreamSettings.from_env(environ)
    return StreamReader(client_config(settings), settings.topic, settings.consumer_group, fill_s=0.02)


class Backlog:
    """The records that a consumer group has not committed, read over connections that stay open."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._config: dict[str, str | int | float | bool] = {"bootstrap.servers": bootstrap_servers, "log_level": 0}
        self._admin = AdminClient(self._config)
        self._topic = topic
        known = self._admin.list_topics(topic, timeout=_TIMEOUT_S).topics[topic].partitions
        self._partitions = [TopicPartition(topic, number) for number in known]

    def reset(self, group: str) -> None:
        """Delete every record of the topic, and count the commits of this group from now on."""
        ends = [TopicPartition(at.topic, at.partition, OFFSET_END) for at in self._partitions]
        deleted = self._admin.delete_records(ends)
        self._starts = {at.partition: future.result().low_watermark for at, future in deleted.items()}
        # Commits are read by a consumer: AdminClient.list_consumer_group_offsets crashes while a broker loads them.
        own = {"group.id": group, "enable.auto.commit": False, "enable.partition.eof": True, "fetch.wait.max.ms": 1}
        self._consumer = Consumer(self._config | own)
        self._consumer.list_topics(self._topic, timeout=_TIMEOUT_S)  # without a connection, commits take a second

    def read(self) -> Iterator[StreamRecord]:
        """Return the records from the group's commits to the end of the topic, each partition's in order."""
        commits = until(self._commits)
        self._consumer.assign(
            [TopicPartition(at.topic, at.partition, max(at.offset, self._starts[at.partition])) for at in commits]
        )
        unread = {at.partition for at in commits}
        while unread:
            message = self._consumer.poll(_TIMEOUT_S)
            assert message, "Kafka does not answer"
            error = message.error()
            if error is None:
                yield _record(message)
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error  # noqa: SLF001 its public name
                unread.discard(message.partition() or 0)

    def _commits(self) -> list[TopicPartition] | None:
        """Return the commits; None while a broker that has just started does not know them."""
        try:
            return self._consumer.committed(self._partitions, timeout=_TIMEOUT_S)
        except KafkaException as exc:
            if exc.args[0].code() in _TRANSIENT:
                return None
            raise


@dataclass
class Environment:
    """The servers of a stack, used for one try after another, and what clients were told in this one.

    `replies` came around the crash, `later_replies` when everyone asked again after the recovery.
    """

    environ: dict[str, str]
    deps: Dependencies
    redis: Redis
    backlog: Backlog
    replies: list[Reply] = field(default_factory=list)
    later_replies: list[Reply] = field(default_factory=list)
    _tries: "count[int]" = field(default_factory=count)

    @classmethod
    def connect(cls, environ: Mapping[str, str]) -> Self:
        """Connect to the servers and create the tables."""
        # What is prepared must be there, so each send has as long as the setting allows.
        environ = {**environ, "PUBLISH_TIMEOUT_MS": "2500"}
        deps = connect(environ)
        deps.ledger.migrate()
        backlog = Backlog(environ["KAFKA_BOOTSTRAP_SERVERS"], environ["KAFKA_TOPIC"])
        return cls(environ, deps, Redis.from_url(environ["REDIS_URL"]), backlog)

    @property
    def admin(self) -> Admin:
        """Return the operators' commands."""
        return Admin(self.deps.gate, self.deps.ledger)

    def reset(self, *events: Event) -> None:
        """Empty every server, create these events, and use a consumer group that has committed nothing."""
        self.replies.clear()
        self.later_replies.clear()
        self.redis.flushdb()
        with self.deps.ledger.database.transaction() as cursor:
            for table in _TABLES:
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 our own names
        self.environ["KAFKA_CONSUMER_GROUP"] = f"crash-{next(self._tries)}"
        self.backlog.reset(self.environ["KAFKA_CONSUMER_GROUP"])
        self.deps = replace(self.deps, reader=_reader(self.environ))
        for event in events:
            self.admin.create(event)

    def join(self, user_id: str, key: str) -> Reply:
        """Join as a client does, in a process that nothing kills, and keep the reply."""
        reply = self._join(user_id, key)
        self.replies.append(reply)
        return reply

    def join_again(self) -> None:
        """Repeat every attempt so far."""
        self.later_replies.extend(self._join(reply.user_id, reply.key or "") for reply in self.replies)

    def recover(self) -> None:
        """Do what AWS does after a crash: deliver again what was not committed, and reconcile what became overdue."""
        self.redeliver()
        for event in self.deps.ledger.list_events():
            self.make_overdue(event.event_id)
        self.reconcile()
        self.redeliver()

    def reconcile(self) -> None:
        """Make one pass of reconcile."""
        reconcile_service.reconcile(self.deps, lambda: True)

    def redeliver(self) -> None:
        """Persist every record that the group has not committed."""
        records = list(self.backlog.read())
        persist_service.persist(self.deps.gate, self.deps.ledger.batch, records)

    def make_overdue(self, event_id: str) -> None:
        """Make the pending entries a minute older."""
        pending = codec.event_keys(event_id).pending
        for user, score in self.redis.zscan_iter(pending):
            self.redis.zadd(pending, {user: score - 60e6}, xx=True)

    def judge(self, capacity: int) -> Judgement:
        """Compare what clients were told with the rows."""
        rows = read_rows(self.environ, EVENT_ID)
        return judge(self.later_replies, rows, capacity, during_faults=self.replies)

    def report(self) -> Report:
        """Return the product's own audit."""
        return self.admin.report(EVENT_ID)

    def _join(self, user_id: str, key: str) -> Reply:
        publisher = GuardedPublisher(self.deps.publisher, 1.0)
        event = join_event(f'{{"userId": "{user_id}"}}', event_id=EVENT_ID, headers={"idempotency-key": key})
        deps = JoinDependencies(self.deps.gate, publisher, EVENT_ID, VerdictCounter("chaos", "join", str))
        response = join.handler.handle(event, lambda_context(), deps)
        return read_reply(Attempt(user_id, key), response["statusCode"], response["body"].encode())


def _record(message: Message) -> StreamRecord:
    headers = cast("list[tuple[str, bytes]]", message.headers() or [])
    return StreamRecord(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        timestamp=timestamps.from_timestamp_ms(message.timestamp()[1]),
        key=message.key(),
        value=message.value(),
        headers=dict(headers),
    )
