"""What every stack promises of its services, native and compose alike, on servers of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
import pymysql
import pytest
import redis
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from redis.backoff import NoBackoff
from redis.retry import Retry

from local import stack as stacks
from local.stack import Service, Stack, StackError, probes

SERVICES = ("redis", "kafka", "mysql")


@dataclass(frozen=True)
class Probe:
    """Leave a word with each server, and see which words it still has."""

    stack: Stack

    def leave(self, name: str) -> str:
        word = uuid4().hex
        getattr(self, f"_leave_{name}")(word)
        return word

    def words(self, name: str) -> set[str]:
        words: set[str] = getattr(self, f"_words_{name}")()
        return words

    def _redis(self) -> redis.Redis:
        return redis.Redis.from_url(self.stack.environ["REDIS_URL"], decode_responses=True, retry=Retry(NoBackoff(), 0))

    def _leave_redis(self, word: str) -> None:
        with self._redis() as client:
            client.sadd("words", word)

    def _words_redis(self) -> set[str]:
        with self._redis() as client:
            return set(client.smembers("words"))

    def _kafka(self) -> dict[str, str | bool]:
        return {"bootstrap.servers": self.stack.environ["KAFKA_BOOTSTRAP_SERVERS"], "log_level": "0"}

    def _leave_kafka(self, word: str) -> None:
        producer = Producer({**self._kafka(), "acks": "all"})
        producer.produce(self.stack.environ["KAFKA_TOPIC"], word.encode())
        assert producer.flush(30) == 0

    def _words_kafka(self) -> set[str]:
        consumer = Consumer(
            {
                **self._kafka(),
                "group.id": uuid4().hex,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
                "enable.auto.commit": False,
            }
        )
        consumer.subscribe([self.stack.environ["KAFKA_TOPIC"]])
        words: set[str] = set()
        ended: set[int | None] = set()
        while len(ended) < len(consumer.assignment() or [None]):
            message = consumer.poll(30)
            assert message is not None
            value = message.value()
            if message.error():
                ended.add(message.partition())
            elif value is not None:
                words.add(bytes(value).decode())
        consumer.close()
        return words

    def _mysql(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        environ = self.stack.environ
        return pymysql.connect(
            host=environ["MYSQL_HOST"],
            port=int(environ["MYSQL_PORT"]),
            user=environ["MYSQL_USER"],
            password=environ["MYSQL_PASSWORD"],
            database=environ["MYSQL_DATABASE"],
            ssl={"verify_mode": "none"} if environ["MYSQL_TLS"] == "required" else None,
            autocommit=True,
        )

    def _leave_mysql(self, word: str) -> None:
        with self._mysql() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS words (word VARCHAR(64) PRIMARY KEY)")
            cursor.execute("INSERT INTO words VALUES (%s)", (word,))

    def _words_mysql(self) -> set[str]:
        with self._mysql() as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS words (word VARCHAR(64) PRIMARY KEY)")
            cursor.execute("SELECT word FROM words")
            return {word for (word,) in cursor.fetchall()}


@pytest.fixture(scope="module", params=["native", pytest.param("compose", marks=pytest.mark.docker)])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start a stack of each kind that these tests may ill-treat."""
    stack = stacks.start(tmp_path_factory.mktemp(request.param), request.param)
    yield stack
    stack.discard()


@pytest.fixture(params=SERVICES)
def service(running: Stack, request: pytest.FixtureRequest) -> Service:
    """Hand out each service in turn, running whatever the test before did to it."""
    service = running.services[request.param]
    service.start()
    return service


@pytest.fixture
def probe(running: Stack) -> Probe:
    """Hand out a way to write to the servers and read from them."""
    return Probe(running)


def test_a_killed_service_starts_again_on_its_port_with_its_data(service: Service, probe: Probe) -> None:
    word, port, pid = probe.leave(service.name), service.port, service.pid
    service.kill()
    assert not service.alive()
    assert service.pid is None
    service.start()
    assert service.port == port
    assert service.pid not in {pid, None}
    assert word in probe.words(service.name)


def test_a_service_stops_even_suspended_and_starts_again_with_its_data(service: Service, probe: Probe) -> None:
    word = probe.leave(service.name)
    service.suspend()
    assert service.alive()
    service.stop()
    assert not service.alive()
    service.start()
    assert word in probe.words(service.name)


def test_a_wiped_service_starts_empty(service: Service, probe: Probe) -> None:
    word = probe.leave(service.name)
    service.stop()
    service.wipe()
    service.start()
    assert word not in probe.words(service.name)


def test_a_running_service_is_not_wiped(service: Service, probe: Probe) -> None:
    word = probe.leave(service.name)
    with pytest.raises(StackError, match=f"^{service.name} runs; stop it before wiping its data.$"):
        service.wipe()
    assert word in probe.words(service.name)


def test_a_suspended_service_lives_but_is_silent_until_resumed(running: Stack) -> None:
    redis_service = running.services["redis"]
    redis_service.start()
    redis_service.suspend()
    assert redis_service.alive()
    assert not probes.redis_answers(redis_service.port)
    redis_service.resume()
    assert probes.redis_answers(redis_service.port)


def test_starting_what_runs_changes_nothing(service: Service) -> None:
    pid = service.pid
    service.start()
    assert service.pid == pid


def test_the_topic_has_its_partitions_and_no_other_is_made_unasked(running: Stack) -> None:
    running.services["kafka"].start()
    admin = AdminClient({"bootstrap.servers": running.environ["KAFKA_BOOTSTRAP_SERVERS"]})
    assert len(admin.list_topics("event.join", timeout=10).topics["event.join"].partitions) == 3
    assert admin.list_topics("event.joim", timeout=10).topics["event.joim"].error is not None


def test_another_process_finds_the_stack(running: Stack) -> None:
    found = stacks.find(running.directory)
    assert found
    assert (found.kind, found.environ, found.network) == (running.kind, running.environ, running.network)
    assert {name: one.pid for name, one in found.services.items()} == {
        name: one.pid for name, one in running.services.items()
    }


def test_a_second_stack_in_the_directory_is_refused(running: Stack) -> None:
    with pytest.raises(StackError, match=f"^A stack runs in {running.directory} already.$"):
        stacks.start(running.directory, running.kind)


@pytest.mark.parametrize("kind", ["native", pytest.param("compose", marks=pytest.mark.docker)])
def test_a_stack_leaves_nothing_running_and_keeps_its_data(tmp_path: Path, kind: str) -> None:
    with stacks.start(tmp_path, kind) as first:
        words = {name: Probe(first).leave(name) for name in SERVICES}
    assert not any(one.alive() for one in first.services.values())
    assert not _processes_of(tmp_path)
    assert stacks.find(tmp_path) is None
    second = stacks.start(tmp_path, kind)
    try:
        for name, word in words.items():
            assert word in Probe(second).words(name)
    finally:
        second.discard()
    assert not (tmp_path / "mysql").exists()


def _processes_of(directory: Path) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if str(directory) in " ".join(one.info["cmdline"] or [])]
