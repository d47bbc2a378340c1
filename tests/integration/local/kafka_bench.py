"""A topic and a consumer group of one test, and the recorder behind a Kafka source."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from local import template
from local.function import Function
from local.kafka_source import KafkaSource
from tests.waiting import until

PARTITIONS = 3


@dataclass(frozen=True)
class Batch:
    """One invocation, as the recorder wrote it down; `time` in seconds on the monotonic clock."""

    pid: int
    time: float
    bytes: int
    function: str
    source: list[str]
    records: list[tuple[int, int, str]]

    @property
    def values(self) -> list[str]:
        return [value for _, _, value in self.records]


def _has_no_coordinator(error: BaseException) -> bool:
    """Tell whether the broker is still making its topic of offsets, as it does when its first group comes."""
    return isinstance(error, KafkaException) and error.args[0].code() in {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
    }


class Bench:
    """What a test does to them, and what it sees of them."""

    def __init__(self, bootstrap_servers: str, directory: Path) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.directory = directory
        self.topic = self.group = f"bench-{uuid4().hex[:12]}"
        self._producer = Producer({"bootstrap.servers": bootstrap_servers, "acks": "all", "linger.ms": 0})
        self._watcher = Consumer({"bootstrap.servers": bootstrap_servers, "group.id": self.group})
        self._coordinated = Retrying(
            stop=stop_after_delay(30),
            wait=wait_fixed(0.05),
            retry=retry_if_exception(_has_no_coordinator),
            reraise=True,
        )

    def close(self) -> None:
        self._watcher.close()

    def create(self, partitions: int = PARTITIONS) -> None:
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers})
        for made in admin.create_topics([NewTopic(self.topic, partitions, 1)], operation_timeout=10).values():
            made.result()

    def source(self, **changes: Any) -> KafkaSource:
        return KafkaSource(
            self.function(**changes), bootstrap_servers=self.bootstrap_servers, log=self.directory / "source.log"
        )

    def function(
        self,
        timeout_s: int = 10,
        batch_size: int = 10,
        window_s: float = 0.2,
        max_pollers: int = 2,
        *,
        reports_failures: bool = True,
        handler: str = "tests.handlers.recorder.lambda_handler",
    ) -> Function:
        """Declare the recorder in a template of its own."""
        mapping = {
            "Stream": "arn:stream",
            "Topics": [self.topic],
            "ConsumerGroupId": self.group,
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": batch_size,
            "MaximumBatchingWindowInSeconds": window_s,
            "ProvisionedPollerConfig": {"MaximumPollers": max_pollers},
            "FunctionResponseTypes": ["ReportBatchItemFailures"] if reports_failures else [],
        }
        properties = {
            "Handler": handler,
            "Timeout": timeout_s,
            "Environment": {"Variables": {"RECORDER_DIRECTORY": str(self.directory)}},
            "Events": {"Kafka": {"Type": "MSK", "Properties": mapping}},
        }
        path = self.directory / f"template-{uuid4().hex}.yaml"
        function = {"Type": "AWS::Serverless::Function", "Properties": properties}
        path.write_text(json.dumps({"Resources": {"RecorderFunction": function}}))
        return template.load(path).consumer()

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
        [offset] = self._committed([TopicPartition(self.topic, partition)])
        return offset

    def lag(self) -> int:
        places = [TopicPartition(self.topic, partition) for partition in range(PARTITIONS)]
        ends = [self._watcher.get_watermark_offsets(place, timeout=10)[1] for place in places]
        return sum(ends) - sum(self._committed(places))

    def _committed(self, places: list[TopicPartition]) -> list[int]:
        asked = self._coordinated(self._watcher.committed, places, timeout=10)
        return [max(0, place.offset) for place in asked]

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
