"""The original's design behind the same front, for the benchmarks: two Redis calls, and a send that nobody awaits.

SADD tells whether the user came before, INCR whether there is a seat left. What is lost on the way to Kafka is
never noticed; a loser who asks again is told DUPLICATE, and the set grows with losers.
"""

import json
import os
from functools import cache
from typing import Any

import redis
from confluent_kafka import Producer

SOLD_OUT = "sold-out"  # the one event that has no seats
TOPIC = "bench.original"
_CAPACITY = 2**31
_HEADERS = {"content-type": "application/json"}


@cache
def _clients() -> tuple[redis.Redis, Producer]:
    producer = Producer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"], "linger.ms": 0})
    return redis.Redis.from_url(os.environ["REDIS_URL"], single_connection_client=True), producer


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Join the event in the path."""
    client, producer = _clients()
    event_id, user_id = event["pathParameters"]["eventId"], str(json.loads(event["body"])["userId"])
    if not client.sadd(f"original:{event_id}:users", user_id):
        return _response(409, "DUPLICATE")
    if client.incr(f"original:{event_id}:count") > (0 if event_id == SOLD_OUT else _CAPACITY):
        return _response(429, "LIMIT_EXCEEDED")
    producer.produce(TOPIC, json.dumps({"eventId": event_id, "userId": user_id}), user_id)
    producer.poll(0)
    return _response(200, "SUCCESS")


def _response(status: int, result: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": _HEADERS, "body": json.dumps({"result": result})}
