"""The Kafka event-source mapping, which `sam local` lacks.

Mirrored: consumers up to the mapping's pollers, batch size, window and 6 MB limit, the `aws:kafka` event, order within
a partition, partial failures, endless retries with growing pauses, commits of what succeeded only, the end of an
environment at the function's Timeout. Not mirrored: scaling of pollers, retry and age limits, bisecting, destinations,
filters, schema registries, concurrent invocations of one poller.
"""

import logging
import random
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Required, TypedDict, Unpack

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient

from local import kafka_event
from local.batching import Batcher
from local.endpoint_invoker import invoker
from local.exceptions import FunctionError
from local.function import Function, KafkaMapping
from local.kafka_event import InvalidResponseError, Partition
from local.lambda_runtime import Invoke
from local.supervisor import Worker, WorkerPool, report_ready, stop_event

_IDLE_S: Final = 0.25  # the longest wait in one poll, and so the longest until a signal is noticed
_UNKNOWN_PARTITIONS: Final = 3  # of a topic that does not exist yet: an extra consumer idles, a missing one slows down

_logger = logging.getLogger("local.kafka_source")  # not __main__, as which a worker runs


class KafkaOptions(TypedDict, total=False):
    """Where a Kafka source reads; `topics` and `group` override the mapping's."""

    bootstrap_servers: Required[str]
    topics: Sequence[str] | None
    group: str | None


class KafkaSource(WorkerPool):
    """The Kafka mapping of a function: a consumer for each partition, at most the mapping's number of pollers.

    Handlers run in the consumers' processes, or, with `endpoint_url`, behind an endpoint such as the one of `sam local
    start-lambda`. A broker that does not respond yet is waited for.
    """

    def __init__(
        self,
        function: Function,
        *,
        log: Path,
        settings: Mapping[str, str] | None = None,
        endpoint_url: str | None = None,
        consumers: int | None = None,
        **kafka: Unpack[KafkaOptions],
    ) -> None:
        servers = kafka["bootstrap_servers"]
        mapping = _overridden(function, kafka.get("topics"), kafka.get("group"))
        argv = [f"--bootstrap-servers={servers}", *(f"--topic={topic}" for topic in mapping.topics)]
        argv += [f"--group={mapping.group}", f"--endpoint-url={endpoint_url or ''}"]
        count = consumers or min(mapping.max_pollers, _partition_count(mapping.topics, servers))
        super().__init__("local.kafka_source", function, argv, count=count, settings=settings or {}, log=log)


class Poller:
    """Feeds one environment of a function from the partitions that its consumer group assigns to this process.

    The function is invoked between two polls, so partitions come and go only while no batch is in flight; a rebalance
    waits for the batch, for the function's Timeout at most.
    """

    def __init__(
        self,
        mapping: KafkaMapping,
        bootstrap_servers: str,
        invoke: Invoke,
        longest_invocation_s: float,
        make_consumer: Callable[..., Consumer] = Consumer,
    ) -> None:
        self._mapping = mapping
        self._bootstrap_servers = bootstrap_servers
        self._invoke = invoke
        self._batcher = Batcher(mapping.batch_size, mapping.window_s, time.monotonic, lambda: random.uniform(0.5, 1))  # noqa: S311
        self._consumer = make_consumer(_config(mapping, bootstrap_servers, longest_invocation_s), logger=_logger)
        self._offsets: dict[Partition, int] = {}  # to commit
        self._commit_failed = False
        self._paused: set[Partition] = set()
        self._missing: set[str] = set()

    def run(self, stopping: Callable[[], bool]) -> None:
        """Work until `stopping` returns true; a batch in flight is completed and committed first."""
        self._consumer.subscribe(
            list(self._mapping.topics), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )
        try:
            while not stopping():
                self._read()
                if self._batcher.wait_s() == 0:
                    self._send()
        finally:
            self._consumer.close()

    def _read(self) -> None:
        """Wait until a batch is due or a record arrives, and add what is there."""
        self._pause()
        wait_s = self._batcher.wait_s()
        first = self._consumer.poll(_IDLE_S if wait_s is None else min(wait_s, _IDLE_S))
        if first is None:
            self._commit()
            return
        self._take(first)  # before more is read: a partition that is revoked meanwhile takes all its records with it
        for message in self._consumer.consume(self._mapping.batch_size, timeout=0):
            self._take(message)

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is None:
            self._batcher.add(kafka_event.from_message(message))
        elif error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            topic = message.topic() or ", ".join(self._mapping.topics)
            if topic not in self._missing:
                self._missing.add(topic)
                _logger.warning("Topic %s does not exist yet; waiting for it.", topic)
        else:
            _logger.warning("Kafka reports: %s", error.str())

    def _send(self) -> None:
        batch = self._batcher.batch()
        event = kafka_event.build(batch, self._mapping.stream_arn, self._bootstrap_servers)
        try:
            response = self._invoke(event)
            failed = kafka_event.failures(response, batch) if self._mapping.reports_failures else {}
        except FunctionError:  # its traceback is in the log already
            self._batcher.fail(batch)
        except InvalidResponseError as error:
            _logger.error("The batch counts as failed: %s", error)  # noqa: TRY400 - a trace says no more
            self._batcher.fail(batch)
        else:
            self._offsets |= self._batcher.succeed(batch, failed)
            self._commit()

    def _commit(self) -> None:
        """Commit offsets and wait for the acknowledgement; those that cannot be committed now are with the next.

        An error is logged once until the next success. A broker that is down is asked again later; a member of an old
        generation loses its partitions in the next poll, so that another consumer gets the records again.
        """
        if not self._offsets:
            return
        places = [TopicPartition(topic, number, offset) for (topic, number), offset in self._offsets.items()]
        try:
            self._consumer.commit(offsets=places, asynchronous=False)
        except KafkaException as error:
            if not self._commit_failed:
                _logger.warning("Offsets could not be committed: %s", error.args[0].str())
            self._commit_failed = True
        else:
            self._commit_failed = False
            self._offsets.clear()

    def _pause(self) -> None:
        """Stop fetching from partitions of which enough records wait."""
        full = self._batcher.full()
        self._consumer.pause(_places(full - self._paused))
        self._consumer.resume(_places(self._paused - full))
        self._paused = full

    def _assigned(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        self._missing.clear()
        _logger.info("Reads %s", _names(places))

    def _revoked(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        self._commit()
        self._forget(places)

    def _lost(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        _logger.warning("Lost %s", _names(places))
        self._forget(places)

    def _forget(self, places: list[TopicPartition]) -> None:
        partitions = {(place.topic, place.partition) for place in places}
        self._consumer.resume(_places(self._paused & partitions))
        self._paused -= partitions
        self._batcher.drop(partitions)
        for partition in partitions & self._offsets.keys():
            del self._offsets[partition]


def _overridden(function: Function, topics: Sequence[str] | None, group: str | None) -> KafkaMapping:
    [mapping] = function.mappings
    return replace(mapping, topics=tuple(topics or mapping.topics), group=group or mapping.group)


def _partition_count(topics: Sequence[str], bootstrap_servers: str) -> int:
    admin = AdminClient({"bootstrap.servers": bootstrap_servers}, logger=_logger)
    try:
        known = admin.list_topics(timeout=5).topics
    except KafkaException:
        known = {}
    return sum(len(known[topic].partitions) if topic in known else _UNKNOWN_PARTITIONS for topic in topics)


def _config(mapping: KafkaMapping, bootstrap_servers: str, longest_invocation_s: float) -> dict[str, Any]:
    return {
        "bootstrap.servers": bootstrap_servers,
        "group.id": mapping.group,
        "auto.offset.reset": "earliest" if mapping.from_earliest else "latest",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "allow.auto.create.topics": False,
        # The shortest that a broker accepts; after it others read the partitions of a consumer that was killed.
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 1000,
        "max.poll.interval.ms": int((longest_invocation_s + 60) * 1000),
        "topic.metadata.refresh.interval.ms": 2000,
        "reconnect.backoff.max.ms": 1000,
        "log.connection.close": False,
        # A batch waits for its window in any case; without these, each record of a rush costs the broker a reply.
        "fetch.min.bytes": 1_000_000,
        "fetch.wait.max.ms": 100,
    }


def _places(partitions: Iterable[Partition]) -> list[TopicPartition]:
    return [TopicPartition(*partition) for partition in partitions]


def _names(places: Iterable[TopicPartition]) -> str:
    return ", ".join(f"{place.topic}-{place.partition}" for place in places) or "nothing"


def main() -> None:
    """Poll until SIGTERM."""
    parser = ArgumentParser()
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--topic", action="append")
    parser.add_argument("--group")
    parser.add_argument("--endpoint-url")
    worker = Worker(parser)
    options, function = worker.options, worker.function
    mapping = _overridden(function, options.topic, options.group)
    invoke = invoker(function, options.endpoint_url)
    poller = Poller(mapping, options.bootstrap_servers, invoke, function.timeout_s)
    stopping = stop_event()
    report_ready()
    poller.run(stopping.is_set)


if __name__ == "__main__":
    main()
