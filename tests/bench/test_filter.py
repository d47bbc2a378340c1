"""The filter of a million winners: its size, the pauses of Redis while it is written and read, its reading and use."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import batched

import pytest
import redis

from eventrush.gate.codec import event_keys
from eventrush.gate.remembered import MAX_WINNERS, Version
from tests.bench.conftest import OwnGate
from tests.bench.load import Figures
from tests.replica import url_of

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

READS = 50
CHUNK = 5_000
# Pending entries, as claims leave them.
FILL = """
for n = ARGV[1], ARGV[2] do
  local user = 'winner-' .. string.format('%d', n)
  redis.call('HSET', KEYS[1], user, n .. ':1764000000000000:1:JKJaXmPLvHcESHA=')
  redis.call('ZADD', KEYS[2], 1764000000000000 + n, user)
end"""
# Another client, in a process of its own: prints the longest time of a PING in milliseconds once its input ends.
PINGS = """
import redis, select, sys, time
with redis.Redis.from_url(sys.argv[1], single_connection_client=True) as client:
    client.ping()
    print("ready", flush=True)
    times = []
    while not select.select([sys.stdin], [], [], 0)[0]:
        started = time.perf_counter()
        client.ping()
        times.append((time.perf_counter() - started) * 1e3)
times.sort()
print(times[-1], times[len(times) * 999 // 1000])"""


@contextmanager
def pauses(client: redis.Redis, spent: Figures) -> Iterator[None]:
    """Add how long the scripts of the block took in Redis, and how long another client waited (milliseconds)."""
    command = [sys.executable, "-c", PINGS, url_of(client)]
    client.config_set("slowlog-max-len", 100_000)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:  # noqa: S603 our own
        assert other.stdout
        assert other.stdout.readline() == "ready\n"
        client.config_set("slowlog-log-slower-than", 20)
        client.slowlog_reset()
        yield
        longest_ping, p999_ping = map(float, other.communicate()[0].split())
    log = client.slowlog_get(100_000)  # after the last PING: it takes long itself
    scripts = sorted(entry["duration"] / 1e3 for entry in log if b"EVALSHA" in entry["command"])
    spent |= {"scriptsP50Ms": scripts[len(scripts) // 2], "scriptsP99Ms": scripts[len(scripts) * 99 // 100]}
    spent["scriptsMaxMs"] = scripts[-1]
    spent |= {"pingP999Ms": round(p999_ping, 2), "pingMaxMs": round(longest_ping, 2)}


def timed_ms(act: Callable[[], object], times: int) -> float:
    """Return the median time of one call."""
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        spent.append(time.perf_counter() - started)
    return statistics.median(spent) * 1e3


def test_a_million_winners_pause_redis_for_two_milliseconds_at_most(own: OwnGate, figures: Figures) -> None:
    """By SLOWLOG: while all are confirmed as persist confirms them, and while environments read the filter."""
    event_id = own.new_event(MAX_WINNERS)
    keys = event_keys(event_id)
    for start in range(1, MAX_WINNERS, CHUNK):
        own.client.eval(FILL, 2, keys.entries, keys.pending, start, start + CHUNK - 1)
    users = (f"winner-{number}" for number in range(1, MAX_WINNERS + 1))
    confirming: Figures = {}
    with pauses(own.client, confirming):
        started = time.monotonic()
        confirmed = sum(own.gate.confirm(event_id, chunk) for chunk in batched(users, CHUNK, strict=False))
        confirm_s = time.monotonic() - started
    assert confirmed == MAX_WINNERS
    reading: Figures = {}
    with pauses(own.client, reading):
        read_ms = timed_ms(lambda: own.gate.winners(event_id), READS)
    winners = own.gate.winners(event_id)
    assert winners
    assert winners.version == Version(1, MAX_WINNERS)
    losers = [f"loser-{number}" for number in range(100_000)]
    started = time.perf_counter()
    mistaken = sum(map(winners.may_contain, losers))
    check_us = (time.perf_counter() - started) / len(losers) * 1e6
    figures["filter"] = {
        "bytes": own.client.strlen(keys.confirmed),
        "memoryBytes": own.client.memory_usage(keys.confirmed, samples=0),
        "confirm": confirming | {"confirmedPerS": round(confirmed / confirm_s)},
        "read": reading | {"medianMs": round(read_ms, 2)},
        "checkUs": round(check_us, 2),
        "falsePositives": mistaken / len(losers),
    }
    assert all(winners.may_contain(f"winner-{number}") for number in range(1, MAX_WINNERS, 97))
    assert mistaken <= len(losers) / 100
    assert figures["filter"]["bytes"] <= 2 * 2**20
    for name in ("confirm", "read"):  # a longer one in a hundred is this machine's, which takes the processor away
        assert figures["filter"][name]["scriptsP99Ms"] <= 2, figures["filter"]
