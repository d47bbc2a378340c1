"""The Kafka event source on a real broker: nothing skipped, nothing committed too early, whatever fails or dies."""

import itertools
import json
import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import psutil
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from local.errors import WorkersError
from local.event_source import EventSource
from local.function import Function, KafkaMapping
from local.stack import Stack
from tests.waiting import until

PARTITIONS = 3


@dataclass(frozen=True)
class Batch:
    """One invocation, as the recorder wrote it down."""

    pid: int
    time: float
    bytes: int
    function: str
    source: list[str]
    records: list[tuple[int, int, str]]

    @property
    def values(self) -> list[str]:
        return [value for _, _, value in self.records]


class Bench:
    """A topic of its own, a group of its own, and the recorder behind an event source."""

    def __init__(self, bootstrap_servers: str, directory: Path) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.directory = directory
        self.topic = self.group = f"bench-{uuid4().hex[:12]}"
        self.mapping = KafkaMapping(
            (self.topic,), self.group, "arn:stream", batch_size=10, window_s=0.2, max_pollers=2, reports_failures=True
        )
        self._producer = Producer({"bootstrap.servers": bootstrap_servers, "acks": "all", "linger.ms": 0})
        self._watcher = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": self.group})

    def close(self) -> Self:
        self._watcher.close()
        return self

    def create(self, partitions: int = PARTITIONS) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers})
        for made in admin.create_topics([NewTopic(self.topic, partitions, 1)], operation_timeout=10).values():
            made.result()

    def source(self, timeout_s: int = 10, consumers: int | None = None, **changes: Any) -> EventSource:
        function = Function(
            "RecorderFunction",
            "tests.handlers.recorder.lambda_handler",
            {"RECORDER_DIRECTORY": str(self.directory)},
            timeout_s,
            mappings=(replace(self.mapping, **changes),),
        )
        settings = {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers}
        return EventSource(function, settings=settings, consumers=consumers, log=self.directory / "source.log")

    def send(self, *values: object, partition: int | None = None) -> None:
        for number, value in enumerate(values):
            place = number % PARTITIONS if partition is None else partition
            self._producer.produce(self.topic, str(value).encode(), partition=place, headers={"schema": b"x/1"})
        assert self._producer.flush(30) == 0

    def plan(self, **plan: Any) -> None:
        draft = self.directory / "plan.draft"
        draft.write_text(json.dumps(plan))
        draft.rename(self.directory / "plan.json")

    def batches(self) -> list[Batch]:
        try:
            lines = (self.directory / "batches.jsonl").read_text().splitlines()
        except FileNotFoundError:
            return []
        return [Batch(**json.loads(line)) for line in lines]

    def values(self) -> list[str]:
        return [value for batch in self.batches() for value in batch.values]

    def committed(self, partition: int = 0) -> int:
        [place] = self._watcher.committed([TopicPartition(self.topic, partition)], timeout=10)
        return max(0, place.offset)

    def lag(self) -> int:
        places = [TopicPartition(self.topic, partition) for partition in range(PARTITIONS)]
        ends = [self._watcher.get_watermark_offsets(place, timeout=10)[1] for place in places]
        return sum(ends) - sum(max(0, one.offset) for one in self._watcher.committed(places, timeout=10))

    def drained(self, within_s: float = 30) -> None:
        until(lambda: self.lag() == 0, within_s)

    def log(self) -> str:
        return (self.directory / "source.log").read_text()

    def in_order(self) -> None:
        """Assert that no record of a partition was given before the one ahead of it."""
        reached: dict[int, int] = defaultdict(int)
        for batch in self.batches():
            for partition, offset, _ in batch.records:
                assert offset <= reached[partition], f"{partition}: {offset} before {reached[partition]}"
                reached[partition] = max(reached[partition], offset + 1)


@pytest.fixture
def empty(stack: Stack, tmp_path: Path) -> Iterator[Bench]:
    """Make a bench whose topic is not there yet."""
    bench = Bench(stack.environ["KAFKA_BOOTSTRAP_SERVERS"], tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def bench(empty: Bench) -> Bench:
    empty.create()
    return empty


def test_everything_from_the_first_record_on_arrives_once_and_in_order(bench: Bench) -> None:
    """Records sent before the group ever existed count too."""
    sent = [str(number) for number in range(100)]
    bench.send(*sent[:50])
    with bench.source() as source:
        assert len(source.pids) == 2
        bench.send(*sent[50:])
        bench.drained()
    assert sorted(bench.values(), key=int) == sent
    bench.in_order()
    batch = bench.batches()[0]
    assert batch.function == "RecorderFunction"
    assert batch.source == ["aws:kafka", "arn:stream", bench.bootstrap_servers]


def test_a_batch_has_several_partitions_and_never_more_than_its_size(bench: Bench) -> None:
    bench.send(*range(95))
    with bench.source(max_pollers=1, window_s=1.0):
        bench.drained()
    sizes = [len(batch.records) for batch in bench.batches()]
    assert max(sizes) == 10
    assert len(sizes) <= 12  # all were there: the window cuts at most the first and the last
    assert any(len({partition for partition, _, _ in batch.records}) > 1 for batch in bench.batches())


def test_the_window_gathers_what_comes_in_time(bench: Bench) -> None:
    with bench.source(max_pollers=1, window_s=1.5, batch_size=100):
        bench.send("warm")
        bench.drained()
        bench.send("a")
        bench.send("b")
        bench.drained()
    assert [batch.values for batch in bench.batches()] == [["warm"], ["a", "b"]]


def test_a_batch_ends_before_six_megabytes(bench: Bench) -> None:
    bench.send(*(f"{number}{'x' * 900_000}" for number in range(12)), partition=0)
    with bench.source(max_pollers=1, batch_size=100):
        bench.drained()
    assert max(batch.bytes for batch in bench.batches()) < 6 * 2**20
    assert sum(len(batch.records) for batch in bench.batches()) == 12


def test_a_partial_failure_brings_back_what_follows_and_commits_what_went_before(bench: Bench) -> None:
    bench.plan(fail_values=["3"])
    with bench.source(max_pollers=1):
        bench.send(*range(6), partition=0)
        bench.send("other", partition=1)
        until(lambda: bench.values().count("3") >= 2)
        assert bench.committed(0) == 3
        until(lambda: bench.committed(1) == 1)
        bench.send("next", partition=1)
        until(lambda: bench.committed(1) == 2)
        assert bench.committed(0) == 3
        bench.plan()
        bench.drained()
    values = bench.values()
    assert [values.count(str(number)) for number in range(3)] == [1, 1, 1]
    assert values.count("other") == 1
    assert values.count("5") == values.count("3") > 1
    bench.in_order()


@pytest.mark.parametrize(
    "answer", [{"batchItemFailures": [{"itemIdentifier": {"partition": "nowhere-0", "offset": 0}}]}, "text"]
)
def test_an_invalid_answer_fails_the_whole_batch(bench: Bench, answer: object) -> None:
    bench.plan(answer=answer)
    with bench.source(max_pollers=1):
        bench.send(*range(4), partition=0)
        until(lambda: bench.values().count("0") >= 2)
        assert bench.committed() == 0
        bench.plan()
        bench.drained()
    assert "The batch counts as failed" in bench.log()


def test_an_answer_is_ignored_where_the_mapping_reports_no_failures(bench: Bench) -> None:
    bench.plan(fail_values=["0"])
    with bench.source(max_pollers=1, reports_failures=False):
        bench.send("0", partition=0)
        bench.drained()
    assert bench.values() == ["0"]


def test_a_failing_function_commits_nothing_and_recovers(bench: Bench) -> None:
    bench.plan(fail=True)
    with bench.source():
        bench.send(*range(30))
        until(lambda: len(bench.batches()) >= 6)
        assert [bench.committed(partition) for partition in range(PARTITIONS)] == [0, 0, 0]
        bench.plan()
        bench.drained()
    assert {int(value) for value in bench.values()} == set(range(30))
    bench.in_order()
    assert "RuntimeError: told to fail" in bench.log()


def test_retries_slow_down(bench: Bench) -> None:
    bench.plan(fail=True)
    with bench.source(max_pollers=1):
        bench.send("x", partition=0)
        until(lambda: len(bench.batches()) >= 6)
    times = [batch.time for batch in bench.batches()]
    assert times[5] - times[4] > 2 * (times[1] - times[0])


def test_a_consumer_killed_in_mid_batch_loses_nothing(bench: Bench) -> None:
    with bench.source(timeout_s=90) as source:
        until(lambda: bench.log().count("Reads bench") >= 2)
        bench.plan(hang_s=60)
        bench.send(*range(40))
        until(lambda: {batch.pid for batch in bench.batches()} == set(source.pids))
        bench.plan()
        for pid in source.pids:
            os.kill(pid, signal.SIGKILL)
        bench.drained(within_s=40)
        until(lambda: len(source.pids) == 2)
    assert {int(value) for value in bench.values()} == set(range(40))
    bench.in_order()


def test_an_invocation_over_its_timeout_ends_its_consumer_and_comes_again(bench: Bench) -> None:
    bench.plan(hang_s=60)
    with bench.source(timeout_s=1, max_pollers=1):
        bench.send("x", partition=0)
        until(lambda: len(bench.batches()) == 1)
        bench.plan()
        bench.drained(within_s=40)
    assert bench.values() == ["x", "x"]
    assert "was ended by SIGALRM" in bench.log()


def test_a_second_consumer_that_joins_and_leaves_skips_nothing(bench: Bench) -> None:
    bench.plan(hang_s=0.05)
    numbers = itertools.count()

    def send_more() -> None:
        bench.send(*(next(numbers) for _ in range(30)))

    def both_work(one: EventSource, other: EventSource) -> bool:
        send_more()
        return {batch.pid for batch in bench.batches()} >= {*one.pids, *other.pids}

    with bench.source(max_pollers=1) as first:
        send_more()
        until(bench.batches)
        with bench.source(max_pollers=1) as second:
            until(lambda: both_work(first, second))
        send_more()
        bench.drained()
    assert {int(value) for value in bench.values()} == set(range(next(numbers)))
    bench.in_order()


def test_a_consumer_that_lost_its_partitions_in_mid_batch_commits_none_of_it(bench: Bench) -> None:
    """Frozen beyond its session, it wakes with a batch that is another's now."""
    bench.plan(hang_s=1)
    with bench.source(max_pollers=1, timeout_s=60) as first:
        bench.send(*range(5), partition=0)
        until(lambda: len(bench.batches()) == 1)
        [frozen] = first.pids
        os.kill(frozen, signal.SIGSTOP)
        bench.plan(fail=True)
        with bench.source(max_pollers=1) as second:
            until(lambda: bench.batches()[-1].pid in second.pids)
            os.kill(frozen, signal.SIGCONT)
            until(lambda: "could not be committed" in bench.log() or "Lost" in bench.log())
            assert bench.committed() == 0
            bench.plan()
            bench.drained()
    assert {int(value) for value in bench.values()} == set(range(5))


def test_a_stop_finishes_the_batch_that_is_out_and_leaves_no_process(bench: Bench) -> None:
    bench.plan(hang_s=1)
    with bench.source(max_pollers=1) as source:
        family = [*source.pids, source.supervisor_pid]
        bench.send("x", partition=0)
        until(lambda: len(bench.batches()) == 1)
    assert bench.committed() == 1
    assert not [pid for pid in family if psutil.pid_exists(pid)]
    with bench.source(max_pollers=1):
        bench.send("y", partition=0)
        bench.drained()
    assert bench.values() == ["x", "y"]


def test_consumers_end_with_a_killed_parent(bench: Bench) -> None:
    with bench.source() as source:
        family = source.pids
        os.kill(source.supervisor_pid, signal.SIGKILL)
        until(lambda: not [pid for pid in family if psutil.pid_exists(pid)])


def test_a_topic_that_is_not_there_yet_is_waited_for_with_one_line(empty: Bench) -> None:
    with empty.source() as source:
        assert len(source.pids) == 2
        until(lambda: empty.log().count("is not there yet") == 2)  # one line a consumer
        empty.create()
        empty.send(*range(9))
        empty.drained()
    assert sorted(empty.values()) == [str(number) for number in range(9)]
    assert empty.log().count("is not there yet") == 2


def test_a_handler_that_cannot_be_imported_is_told_in_a_sentence(bench: Bench) -> None:
    function = Function("F", "nowhere.handler", mappings=(bench.mapping,))
    settings = {"KAFKA_BOOTSTRAP_SERVERS": bench.bootstrap_servers}
    with pytest.raises(WorkersError, match="ModuleNotFoundError: No module named 'nowhere'"):
        EventSource(function, settings=settings, log=bench.directory / "source.log")
