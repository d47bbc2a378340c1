"""Kafka as a process: broker and controller in one JVM, from the jars that the set-up copied."""

import re
from dataclasses import dataclass
from pathlib import Path

from local.servers import probes, topics
from local.servers.errors import StackError
from local.servers.native.server import program
from local.servers.ports import HOST

_ROOT = Path(__file__).parents[3]
_POM = _ROOT / "local" / "kafka" / "pom.xml"
_CLUSTER_ID = "ZXZlbnRydXNoLWxvY2FsLQ"


@dataclass(frozen=True)
class KafkaServer:
    """The stream's server."""

    data: Path
    port: int
    controller_port: int
    name: str = "kafka"

    @property
    def ports(self) -> tuple[int, ...]:
        """Return the broker's port and the controller's."""
        return (self.port, self.controller_port)

    def preparation(self) -> list[str] | None:
        """Return the command that formats the storage."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        if (self.data / "meta.properties").exists():
            return None
        format_options = ["format", "-t", _CLUSTER_ID, "-c", str(self._properties)]
        return self._java("-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", *format_options)

    def prepared(self) -> None:
        """Take over nothing: the format is made in place and in one step."""

    def command(self) -> list[str]:
        """Return the command that serves."""
        return self._java("-Xms256m", "-Xmx512m", "kafka.Kafka", str(self._properties))

    def answers(self) -> bool:
        """Tell whether the broker gives its metadata."""
        return probes.kafka_answers(self.port)

    def serve_more(self) -> None:
        """Make the topics."""
        topics.ensure_topics(self.port)

    @property
    def _properties(self) -> Path:
        return self.data.with_name("kafka.properties")

    def _java(self, *words: str) -> list[str]:
        jars = kafka_jars()
        log = "-Dorg.slf4j.simpleLogger."
        quiet = [
            f"{log}defaultLogLevel=warn",
            f"{log}showDateTime=true",
            f"{log}dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
        ]
        return [program("java", "openjdk-17-jre-headless"), "-XX:+UseSerialGC", *quiet, "-cp", f"{jars}/*", *words]

    def _settings(self) -> dict[str, str | int]:
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{self.controller_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.data),
            # A mistyped topic is an error, here as on MSK.
            "auto.create.topics.enable": "false",
            # One broker holds one copy of everything.
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 5,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            # A broker that was killed may come back once its last session is over: sooner than the 9 s of the default.
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
            # A group of one machine need not wait for its other members.
            "group.initial.rebalance.delay.ms": 0,
        }


def kafka_jars() -> Path:
    """Return the folder of Kafka's jars; StackError when the set-up has not copied them."""
    version = re.search(r"<kafka.version>(.+)</kafka.version>", _POM.read_text())
    libs = _ROOT / ".local" / f"kafka-{version[1] if version else ''}" / "libs"
    if not libs.is_dir():
        raise StackError(f"Kafka's jars are not in {libs}; `local/setup.sh native` copies them.")
    return libs
