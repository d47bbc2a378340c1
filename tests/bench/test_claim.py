"""A claim on Redis alone: it costs the same at a thousand and at a million entries, over one connection and over 64."""

import csv
import shutil
import subprocess
from functools import partial

import pytest
import redis

from eventrush.gate.codec import event_keys
from eventrush.models import Verdict
from tests.bench.conftest import MANY, OwnGate
from tests.bench.load import Figures, in_turns, medians

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

ENTRIES = (1_000, 1_000_000)
CONNECTIONS = (1, 64)
CLAIMS = 20_000
USER = "user-__rand_int__"  # redis-benchmark puts a number in its place
# Copy a winner's value, in chunks that Redis is done with in some milliseconds.
FILL = "for n = ARGV[2], ARGV[3] do redis.call('HSET', KEYS[1], 'filler-' .. string.format('%d', n), ARGV[1]) end"


def test_a_claim_costs_the_same_among_a_million_entries(own: OwnGate, figures: Figures) -> None:
    """At most half more of Redis's processor time; redis-benchmark repeats the very command that the gate sends."""
    claims = {}
    for entries in ENTRIES:
        for verdict, capacity in (("winner", MANY), ("loser", 1)):
            event_id = own.new_event(capacity)
            if verdict == "loser":
                assert own.gate.claim(event_id, "first", "attempt").verdict is Verdict.SUCCESS
            command = _claim_command(own, event_id)
            _fill(own.client, event_id, entries)
            for connections in CONNECTIONS:
                claims[f"{verdict}{entries}x{connections}"] = partial(_benchmark, own.client, command, connections)
    figures["claim"] = medians(in_turns(claims))
    for verdict in ("winner", "loser"):
        few, many = (figures["claim"][f"{verdict}{entries}x64"]["redisUs"] for entries in ENTRIES)
        assert many <= 1.5 * few, figures["claim"]


def _claim_command(own: OwnGate, event_id: str) -> list[str]:
    """Return the command that a claim of `USER` sends; it has their seat then, if there is one."""
    with own.client.monitor() as monitor:  # type: ignore[no-untyped-call]
        own.gate.claim(event_id, USER, "JKJaXmPLvHcESHA=")
        while not (command := monitor.next_command()["command"]).upper().startswith("EVALSHA"):
            pass
    return next(csv.reader([command], delimiter=" "))


def _fill(client: redis.Redis, event_id: str, count: int) -> None:
    """Add entries to the gate's, all of them copies of one."""
    key, chunk = event_keys(event_id).entries, 1_000
    value = client.hvals(key)[0]
    for start in range(0, count, chunk):
        client.eval(FILL, 1, key, value, start, start + chunk - 1)


def _benchmark(client: redis.Redis, command: list[str], connections: int) -> Figures:
    """Run redis-benchmark, which comes with the server."""
    program = shutil.which("redis-benchmark")
    if program is None:
        pytest.fail("redis-benchmark is not installed; `local/setup.sh native` installs it with the server.")
    port = str(client.connection_pool.connection_kwargs["port"])
    options = ["-p", port, "-c", str(connections), "-n", str(CLAIMS), "-r", str(10**9), "--csv"]
    before = client.info("cpu")
    finished = subprocess.run([program, *options, *command], check=True, capture_output=True, text=True, timeout=60)  # noqa: S603
    after = client.info("cpu")
    [row] = csv.DictReader(finished.stdout.splitlines())
    spent_s = sum(after[name] - before[name] for name in ("used_cpu_user", "used_cpu_sys"))
    return {
        "claimsPerS": round(float(row["rps"])),
        "p50Ms": float(row["p50_latency_ms"]),
        "p99Ms": float(row["p99_latency_ms"]),
        "redisUs": round(spent_s / CLAIMS * 1e6, 1),
    }
