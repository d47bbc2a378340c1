"""A Redis that does not answer raises within two time-outs, and connections recover automatically."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
import redis

from cli.environment import environment
from eventrush.errors import GateUnavailableError
from eventrush.gate.gate import Gate
from eventrush.models import Event, Verdict
from eventrush.settings import GateSettings
from local.ports import HOST, free_port
from local.servers import Stack
from tests.integration.conftest import Events, connected, new_id
from tests.replica import redis_server, url_of
from tests.waiting import until

# Longer than the default, so that delays of a busy machine are small in comparison.
TIMEOUT_MS = 1000
CLUSTER = ("--cluster-enabled", "yes")


@pytest.fixture
def event(gate_event: Events) -> Event:
    return gate_event()


@contextmanager
def unavailable_within_two_time_outs() -> Iterator[None]:
    started = time.monotonic()
    with pytest.raises(GateUnavailableError):
        yield
    assert time.monotonic() - started < 3 * TIMEOUT_MS / 1000, "two attempts, and no third"


def test_the_default_time_out_reports_an_outage_within_a_second() -> None:
    assert 2 * GateSettings.from_env({"REDIS_URL": "redis://127.0.0.1:1/0"}).timeout_ms < 1000


def test_a_suspended_redis_is_unavailable_and_resumes(stack: Stack, event: Event) -> None:
    with connected(environment(stack) | {"GATE_TIMEOUT_MS": str(TIMEOUT_MS)}) as gate:
        assert gate.claim(event.event_id, "before", "a").verdict is Verdict.SUCCESS
        stack.services["redis"].suspend()
        try:
            for _ in range(2):  # on the open connection, then on a new one
                with unavailable_within_two_time_outs():
                    gate.claim(event.event_id, "w", "a")
        finally:
            stack.services["redis"].resume()
        retried = gate.claim(event.event_id, "w", "a")
    assert retried.verdict is Verdict.SUCCESS, "the attempt gets one seat, even if it was taken without a reply"
    assert retried.entry is not None
    assert retried.entry.seat_no == 2


def test_a_redis_that_is_down_is_unavailable(stack: Stack, event: Event) -> None:
    nowhere = {"REDIS_URL": f"redis://127.0.0.1:{free_port()}/0", "GATE_TIMEOUT_MS": str(TIMEOUT_MS)}
    with connected(environment(stack) | nowhere) as gate:
        with unavailable_within_two_time_outs():
            gate.claim(event.event_id, "w", "a")
        with unavailable_within_two_time_outs():
            gate.facts(event.event_id)


def test_broken_connections_are_reopened(real_gate: Gate, raw: redis.Redis, event: Event) -> None:
    first = real_gate.claim(event.event_id, "w", "a")
    raw.client_kill_filter(_type="normal", skipme=True)
    assert real_gate.claim(event.event_id, "w", "a").entry == first.entry


def test_flushed_scripts_are_loaded_again(real_gate: Gate, raw: redis.Redis, event: Event) -> None:
    first = real_gate.claim(event.event_id, "w", "a")
    raw.script_flush()
    assert real_gate.claim(event.event_id, "w", "a").entry == first.entry
    raw.script_flush()
    assert real_gate.confirm(event.event_id, ["w"]) == 1


def test_a_full_redis_is_unavailable_and_issues_no_seat(real_gate: Gate, raw: redis.Redis, event: Event) -> None:
    raw.config_set("maxmemory", 1)
    try:
        with pytest.raises(GateUnavailableError):
            real_gate.claim(event.event_id, "w", "a")
    finally:
        raw.config_set("maxmemory", 0)
    facts = real_gate.facts(event.event_id)
    assert facts is not None
    assert (facts.issued, facts.pending) == (0, 0)
    assert real_gate.claim(event.event_id, "w", "a").verdict is Verdict.SUCCESS


def test_a_server_that_became_a_replica_is_unavailable(real_gate: Gate, raw: redis.Redis, event: Event) -> None:
    raw.replicaof("127.0.0.1", str(free_port()))
    try:
        with pytest.raises(GateUnavailableError):
            real_gate.claim(event.event_id, "w", "a")
    finally:
        raw.replicaof("NO", "ONE")
    assert real_gate.claim(event.event_id, "w", "a").verdict is Verdict.SUCCESS


def test_a_claim_that_no_replica_holds_is_not_durable(stack: Stack, event: Event) -> None:
    with connected(environment(stack) | {"GATE_REPLICA_ACKS": "1"}) as gate:
        outcome = gate.claim(event.event_id, "w", "a")
        assert (outcome.verdict, outcome.durable) == (Verdict.SUCCESS, False)
        assert gate.claim(event.event_id, "w", "b").verdict is Verdict.DUPLICATE


def test_a_redis_that_runs_a_script_for_long_is_unavailable(tmp_path: Path) -> None:
    with (
        redis_server(tmp_path, "--busy-reply-threshold", "1") as server,
        connected({"REDIS_URL": url_of(server)}) as gate,
        ThreadPoolExecutor(1) as pool,
    ):
        gate.ping()
        endless = pool.submit(server.eval, "while true do end", 0)
        until(lambda: is_busy(gate))
        server.script_kill()
        with pytest.raises(redis.ResponseError):
            endless.result()
        assert gate.claim(new_id(), "w", "a").verdict is Verdict.GATE_LOST, "it answers again"


def is_busy(gate: Gate) -> bool:
    try:
        gate.claim(new_id(), "w", "a")
    except GateUnavailableError as exc:
        return "accepts no writes" in str(exc)
    return False


def test_a_cluster_of_several_shards_is_unavailable_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    with redis_server(folders[0], *CLUSTER) as first, redis_server(folders[1], *CLUSTER) as second:
        one, other = (cast(Any, client).execute_command for client in (first, second))
        one("CLUSTER MEET", HOST, str(second.connection_pool.connection_kwargs["port"]))
        one("CLUSTER ADDSLOTSRANGE", "0", "8191")
        other("CLUSTER ADDSLOTSRANGE", "8192", "16383")
        until(lambda: one("CLUSTER INFO")["cluster_state"] == "ok")
        ids = (new_id() for _ in count())
        moved = next(event_id for event_id in ids if one("CLUSTER KEYSLOT", f"{{event:{event_id}}}") > 8191)
        with connected({"REDIS_URL": url_of(first)}) as gate:
            for _ in range(2):
                with pytest.raises(GateUnavailableError, match="several shards"):
                    gate.claim(moved, "w", "a")
    assert [record.getMessage() for record in caplog.records if "several shards" in record.getMessage()] == [
        "REDIS_URL leads to a cluster of several shards; the gate needs one"
    ]
