"""What a poller does with records whose partition is taken away while it reads."""

from collections.abc import Callable, Iterable
from typing import Any, cast

from confluent_kafka import Consumer, Message, TopicPartition

from local.function import KafkaMapping
from local.kafka_source import Poller

MAPPING = KafkaMapping(("t",), "g", "arn:stream", batch_size=6, window_s=60)
PLACE = TopicPartition("t", 0)


class FakeConsumer:
    """Gives the records of one turn after another; a turn may have the group take the partition back in `consume`."""

    def __init__(self, turns: Iterable[tuple[range, bool]]) -> None:
        self.turns = list(turns)
        self.committed: list[int] = []
        self._left: list[Message] = []
        self._revoke = False

    def subscribe(
        self, _topics: list[str], on_revoke: Callable[["FakeConsumer", list[TopicPartition]], None], **_: object
    ) -> None:
        self._on_revoke = on_revoke

    def poll(self, _timeout_s: float) -> Message:
        offsets, self._revoke = self.turns.pop(0)
        first, *self._left = [Message(topic="t", partition=0, offset=offset, timestamp=(1, 0)) for offset in offsets]
        return first

    def consume(self, _count: int, timeout: float) -> list[Message]:
        assert timeout == 0
        if self._revoke:
            self._on_revoke(self, [PLACE])
        return self._left

    def commit(self, offsets: list[TopicPartition], *, asynchronous: bool) -> None:
        assert not asynchronous
        self.committed += [place.offset for place in offsets]

    def pause(self, _partitions: list[TopicPartition]) -> None:
        """Do nothing: every turn is as the test has it."""

    resume = pause

    def close(self) -> None:
        """Do nothing: nothing is open."""


class Recorder:
    """A function that all goes well in; it keeps the offsets of each batch."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []

    def __call__(self, event: dict[str, Any]) -> None:
        self.batches.append([record["offset"] for record in event["records"]["t-0"]])


def test_a_partition_taken_away_between_two_reads_takes_every_record_with_it() -> None:
    """The one just read too: left behind, it would go out and be committed ahead of those before it."""
    kafka = FakeConsumer([(range(100, 105), False), (range(105, 106), True), (range(100, 106), False)])
    recorder = Recorder()
    consumer = cast("Consumer", kafka)
    poller = Poller(MAPPING, "127.0.0.1:1", recorder, 1, make_consumer=lambda *_args, **_options: consumer)
    poller.run(lambda: not kafka.turns)
    assert recorder.batches == [[100, 101, 102, 103, 104, 105]]
    assert kafka.committed == [106]
