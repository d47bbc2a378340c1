"""A primary and its replica, and which of them gives seats."""

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from eventrush.errors import GateUnavailableError
from eventrush.gate import connection
from eventrush.gate.gate import Gate
from eventrush.models import Event, Verdict
from eventrush.settings import GateSettings
from tests.integration.conftest import connected
from tests.replica import redis_server, replica_of, url_of
from tests.waiting import until

EVENT = Event("failover", "An event", 10)


@pytest.fixture
def primary(tmp_path: Path) -> Iterator[redis.Redis]:
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def gate(primary: redis.Redis) -> Iterator[Gate]:
    """Yield a gate that has the event and requires one replica to have a claim."""
    with connected({"REDIS_URL": url_of(primary), "GATE_REPLICA_ACKS": "1"}) as gate:
        gate.create(EVENT)
        yield gate


def claim(gate: Gate, user_id: str = "w") -> tuple[Verdict, bool]:
    outcome = gate.claim(EVENT.event_id, user_id, "a")
    return outcome.verdict, outcome.durable


def test_a_claim_is_durable_when_a_replica_has_it(gate: Gate, primary: redis.Redis, tmp_path: Path) -> None:
    assert claim(gate) == (Verdict.SUCCESS, False)
    with replica_of(primary, tmp_path):
        until(lambda: claim(gate) == (Verdict.SUCCESS, True))


def test_a_retry_on_another_connection_waits_for_the_replica(gate: Gate, primary: redis.Redis, tmp_path: Path) -> None:
    """WAIT on a connection without writes of its own would return every replica at once."""
    with replica_of(primary, tmp_path) as replica:
        pid = int(replica.info("server")["process_id"])
        os.kill(pid, signal.SIGSTOP)
        try:
            assert claim(gate) == (Verdict.SUCCESS, False)
            gate.scripts.reconnect()
            assert claim(gate) == (Verdict.SUCCESS, False)
        finally:
            os.kill(pid, signal.SIGCONT)
        until(lambda: claim(gate) == (Verdict.SUCCESS, True))


def test_a_replay_is_written_again_while_its_entry_is_pending(primary: redis.Redis, tmp_path: Path) -> None:
    """WAIT counts the replicas that have the last write of its connection; the offset shows it in every Redis."""
    with replica_of(primary, tmp_path), connected({"REDIS_URL": url_of(primary)}) as gate:  # WAIT would write as well
        primary.config_set("repl-ping-replica-period", 3600)
        gate.create(EVENT)
        claim(gate)
        assert writes(primary, lambda: claim(gate)), "of a pending entry"
        gate.confirm(EVENT.event_id, ["w"])
        assert not writes(primary, lambda: claim(gate)), "a confirmed entry is in the ledger"


def writes(primary: redis.Redis, act: Callable[[], object]) -> bool:
    """Return whether the server sends its replicas something when this is done."""
    offset = primary.info("replication")["master_repl_offset"]
    act()
    return bool(primary.info("replication")["master_repl_offset"] > offset)


def test_a_flushed_script_is_loaded_again(gate: Gate, primary: redis.Redis, tmp_path: Path) -> None:
    with replica_of(primary, tmp_path):
        primary.script_flush()
        until(lambda: claim(gate) == (Verdict.SUCCESS, True))


def test_the_connection_to_a_demoted_primary_is_closed(gate: Gate, primary: redis.Redis, tmp_path: Path) -> None:
    """After its resync, the demoted primary has the new primary's rules, and refuses before it writes."""
    settings = GateSettings.from_env({"REDIS_URL": url_of(primary), "GATE_TIMEOUT_MS": "2000"})
    gate = Gate(connection.connect(settings), 1, clock=itertools.count().__next__)  # each call is a second later
    claim(gate)
    with redis_server(tmp_path) as successor, connected({"REDIS_URL": url_of(successor)}) as theirs:
        theirs.create(EVENT)
        primary.replicaof("127.0.0.1", str(successor.connection_pool.connection_kwargs["port"]))
        until(lambda: primary.info("replication").get("master_link_status") == "up")
        connections_before = primary.info("stats")["total_connections_received"]
        assert [claim(gate)[0] for _ in range(2)] == [Verdict.GATE_LOST] * 2
        connections = primary.info("stats")["total_connections_received"]
        assert connections == connections_before + 1, "the server is identified again"


def test_a_demoted_primary_has_no_registry_of_its_own(primary: redis.Redis, gate: Gate, tmp_path: Path) -> None:
    """It keeps its connections and its run id, and nothing else tells that it gives no seats."""
    gate.replace_registry([EVENT.event_id])
    assert gate.has_registry()
    with redis_server(tmp_path) as successor:
        primary.replicaof("127.0.0.1", str(successor.connection_pool.connection_kwargs["port"]))
        with pytest.raises(GateUnavailableError):
            gate.has_registry()


def test_a_server_that_accepts_no_writes_is_unavailable(primary: redis.Redis, gate: Gate) -> None:
    primary.config_set("min-replicas-to-write", 1)
    with pytest.raises(GateUnavailableError):
        gate.claim(EVENT.event_id, "w", "a")
