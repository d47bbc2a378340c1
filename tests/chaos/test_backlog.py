"""Behind a backlog of a million streamed winners a lost gate is rebuilt, in bounded memory and in bounded queries."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Final

import pytest
from confluent_kafka import Producer

from eventrush.models import Entry, Event
from eventrush.settings import StreamSettings
from eventrush.stream.client import producer_config
from eventrush.stream.message import encode
from tests.chaos.crash.environment import EVENT_ID, Environment

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

MILLION: Final = 1_000_000
_LONGEST_S: Final = 300.0  # ReconcileFunction has 900 s
_MOST_MIB: Final = 512
# A process of its own, as a Lambda environment is: its peak is the rebuild's.
_REBUILD: Final = """
import json, os, resource, sys
from admin import dependencies, handler
answer = handler.handle({"command": "rebuild", "eventId": sys.argv[1]}, dependencies.connect(os.environ))
json.dump(answer["result"] | {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}, sys.stdout)
"""


def test_a_gate_lost_behind_a_million_streamed_winners_is_rebuilt(environment: Environment) -> None:
    environment.reset(Event(EVENT_ID, "Crowd", MILLION))
    _send(environment, MILLION)
    environment.redis.flushall()
    started = time.perf_counter()
    printed = subprocess.run(  # noqa: S603 our own words
        [sys.executable, "-c", _REBUILD, EVENT_ID],
        env=os.environ | environment.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    took_s = time.perf_counter() - started
    assert printed.returncode == 0, printed.stderr
    found = json.loads(printed.stdout)
    print(f"rebuilt in {took_s:.0f} s and {found['mib']:.0f} MiB")  # noqa: T201 shown by pytest -s
    assert (found["fromStream"], found["issued"], found["free"]) == (MILLION, MILLION, 0)
    assert took_s < _LONGEST_S
    assert found["mib"] < _MOST_MIB


def _send(environment: Environment, entries: int) -> None:
    """Send so many winners with ids of 64 characters, and wait until Kafka has acknowledged them."""
    settings = StreamSettings.from_env(environment.environ)
    producer = Producer(producer_config(settings) | {"linger.ms": 50, "message.timeout.ms": 60_000})
    now = datetime.now(UTC)
    for seat_no in range(1, entries + 1):
        entry = Entry(EVENT_ID, f"{seat_no:064d}", seat_no, now, 1, f"{seat_no:036d}")
        key, value, headers = encode(entry)
        while True:
            try:
                producer.produce(settings.topic, value, key, headers=headers)
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(60) == 0
