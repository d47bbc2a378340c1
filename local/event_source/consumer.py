"""One poller of the mapping: read, invoke, commit, in the rhythm that the mapping sets.

The handler is called between two polls, so partitions come and go only while no batch is out; a rebalance waits for the
batch, for the function's Timeout at most.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from local.errors import FunctionError
from local.event_source import event
from local.event_source.answer import InvalidAnswerError, failures
from local.event_source.lanes import Lanes
from local.event_source.offsets import Offsets
from local.event_source.record import Lane, from_message
from local.function import KafkaMapping
from local.invoke import Invoker

_IDLE_S = 0.25  # the longest wait in one poll, so that a signal is heard soon

_logger = logging.getLogger(__name__)


class Poller:
    """Feeds one environment of a function from the partitions that the group gives to this process."""

    def __init__(
        self, mapping: KafkaMapping, bootstrap_servers: str, invoker: Invoker, longest_invocation_s: float
    ) -> None:
        self._mapping = mapping
        self._bootstrap_servers = bootstrap_servers
        self._invoker = invoker
        self._lanes = Lanes(mapping.batch_size, mapping.window_s, time.monotonic, lambda: random.uniform(0.5, 1))  # noqa: S311
        self._consumer = Consumer(_config(mapping, bootstrap_servers, longest_invocation_s), logger=_logger)
        self._offsets = Offsets(self._consumer)
        self._paused: set[Lane] = set()
        self._missing: set[str] = set()

    def run(self, stopping: Callable[[], bool]) -> None:
        """Work until told to stop; a batch that is out is finished and committed, the rest is left to the others."""
        self._consumer.subscribe(
            list(self._mapping.topics), on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
        )
        try:
            while not stopping():
                self._read()
                if self._lanes.wait_s() == 0:
                    self._work()
        finally:
            self._consumer.close()

    def _read(self) -> None:
        """Wait until a batch is due or something came, and take in what is there."""
        self._pause()
        wait_s = self._lanes.wait_s()
        first = self._consumer.poll(_IDLE_S if wait_s is None else min(wait_s, _IDLE_S))
        if first is None:
            if self._offsets.pending:
                self._offsets.commit({})
            return
        self._take(first)  # before more is read: a partition that is revoked meanwhile takes all its records with it
        for message in self._consumer.consume(self._mapping.batch_size, timeout=0):
            self._take(message)

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is None:
            self._lanes.add(from_message(message))
        elif error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            topic = message.topic() or ", ".join(self._mapping.topics)
            if topic not in self._missing:
                self._missing.add(topic)
                _logger.warning("Topic %s is not there yet; waiting for it.", topic)
        else:
            _logger.warning("Kafka says: %s", error.str())

    def _work(self) -> None:
        batch = self._lanes.batch()
        try:
            answer = self._invoker.invoke(event.build(batch, self._mapping.stream_arn, self._bootstrap_servers))
            failed = failures(answer, batch) if self._mapping.reports_failures else {}
        except FunctionError:  # its traceback is in the log already
            self._lanes.fail(batch)
        except InvalidAnswerError as error:
            _logger.error("The batch counts as failed: %s", error)  # noqa: TRY400 - a trace says no more
            self._lanes.fail(batch)
        else:
            self._offsets.commit(self._lanes.succeed(batch, failed))

    def _pause(self) -> None:
        """Let the broker send nothing of partitions that have enough waiting."""
        full = self._lanes.full()
        self._consumer.pause(_partitions(full - self._paused))
        self._consumer.resume(_partitions(self._paused - full))
        self._paused = full

    def _assigned(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._missing.clear()
        _logger.info("Reads %s", _names(partitions))

    def _revoked(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._offsets.commit({})
        self._forget(partitions)

    def _lost(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        _logger.warning("Lost %s", _names(partitions))
        self._forget(partitions)

    def _forget(self, partitions: list[TopicPartition]) -> None:
        lanes = {(partition.topic, partition.partition) for partition in partitions}
        self._consumer.resume(_partitions(self._paused & lanes))
        self._paused -= lanes
        self._lanes.drop(lanes)
        self._offsets.drop(lanes)


def _config(mapping: KafkaMapping, bootstrap_servers: str, longest_invocation_s: float) -> dict[str, Any]:
    return {
        "bootstrap.servers": bootstrap_servers,
        "group.id": mapping.group,
        "auto.offset.reset": "earliest" if mapping.from_earliest else "latest",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "allow.auto.create.topics": False,
        # The shortest that a broker takes: partitions of a consumer that was killed are read again this much later.
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 1000,
        "max.poll.interval.ms": int((longest_invocation_s + 60) * 1000),
        "topic.metadata.refresh.interval.ms": 2000,
        "reconnect.backoff.max.ms": 1000,
        "log.connection.close": False,
    }


def _partitions(lanes: set[Lane]) -> list[TopicPartition]:
    return [TopicPartition(*lane) for lane in lanes]


def _names(partitions: Sequence[TopicPartition]) -> str:
    return ", ".join(f"{partition.topic}-{partition.partition}" for partition in partitions) or "nothing"
