"""What the servers of a stack have stored."""

from dataclasses import dataclass
from uuid import uuid4

import pymysql
import redis
from confluent_kafka import Consumer, KafkaError, Producer
from redis.backoff import NoBackoff
from redis.retry import Retry

from local import template
from local.ports import HOST
from local.servers import Stack

[TOPIC] = template.load().topics()


@dataclass(frozen=True)
class StoredWords:
    """Store a word in each server, and read which words it still has."""

    stack: Stack

    def leave(self, name: str) -> str:
        word = uuid4().hex
        getattr(self, f"_leave_{name}")(word)
        return word

    def words(self, name: str) -> set[str]:
        words: set[str] = getattr(self, f"_words_{name}")()
        return words

    def _redis(self) -> redis.Redis:
        return redis.Redis(HOST, self.stack.ports["redis"], decode_responses=True, retry=Retry(NoBackoff(), 0))

    def _leave_redis(self, word: str) -> None:
        with self._redis() as client:
            client.sadd("words", word)

    def _words_redis(self) -> set[str]:
        with self._redis() as client:
            return set(client.smembers("words"))

    def _kafka(self) -> dict[str, str | bool]:
        return {"bootstrap.servers": f"{HOST}:{self.stack.ports['kafka']}", "log_level": "0"}

    def _leave_kafka(self, word: str) -> None:
        producer = Producer({**self._kafka(), "acks": "all"})
        producer.produce(TOPIC, word.encode())
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
        consumer.subscribe([TOPIC])
        words: set[str] = set()
        ended: set[int | None] = set()
        while len(ended) < len(consumer.assignment() or [None]):
            message = consumer.poll(30)
            assert message is not None
            error, value = message.error(), message.value()
            if error is None and value is not None:
                words.add(bytes(value).decode())
            elif error is not None and error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 its public name
                ended.add(message.partition())
        consumer.close()
        return words

    def _mysql(self) -> "pymysql.Connection[pymysql.cursors.Cursor]":
        return pymysql.connect(
            host=HOST,
            port=self.stack.ports["mysql"],
            user="eventrush",
            password=self.stack.password,
            database="eventrush",
            ssl={"verify_mode": "none"} if self.stack.tls else None,
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
