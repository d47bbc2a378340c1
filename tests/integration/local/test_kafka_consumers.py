"""Consumers are killed, frozen, stopped and joined by others: nothing is skipped, nothing committed too early."""

import itertools
import os
import signal

import psutil

from local.kafka_source import KafkaSource
from local.servers.native import is_alive
from tests.integration.local.kafka_bench import Bench
from tests.integration.local.worker_owner import worker_owner
from tests.waiting import until


def test_a_consumer_killed_in_mid_batch_loses_nothing(bench: Bench) -> None:
    with bench.source(timeout_s=90) as source:
        until(lambda: bench.log().count("Reads bench") >= 2)
        bench.plan(hang_s=60)
        bench.send(*range(40))
        until(lambda: {batch.pid for batch in bench.batches()} == set(source.pids))
        bench.plan()
        for pid in source.pids:
            os.kill(pid, signal.SIGKILL)
        bench.drained(within_s=40)
        until(lambda: len(source.pids) == 2)
    assert {int(value) for value in bench.values()} == set(range(40))
    bench.in_order()


def test_a_second_consumer_that_joins_and_leaves_skips_nothing(bench: Bench) -> None:
    bench.plan(hang_s=0.05)
    numbers = itertools.count()

    def send_more() -> None:
        bench.send(*(next(numbers) for _ in range(3)))

    def both_work(one: KafkaSource, other: KafkaSource) -> bool:
        send_more()
        return {batch.pid for batch in bench.batches()} >= {*one.pids, *other.pids}

    with bench.source(max_pollers=1) as first:
        send_more()
        until(bench.batches)
        with bench.source(max_pollers=1) as second:
            until(lambda: both_work(first, second))
        send_more()
        bench.plan()
        bench.drained()
    assert {int(value) for value in bench.values()} == set(range(next(numbers)))
    bench.in_order()


def test_a_consumer_that_lost_its_partitions_in_mid_batch_commits_none_of_it(bench: Bench) -> None:
    """Frozen beyond its session, it wakes with a batch that is another's now."""
    bench.plan(hang_s=5)
    with bench.source(max_pollers=1, timeout_s=60) as first:
        bench.send(*range(5), partition=0)
        until(lambda: len(bench.batches()) == 1)
        [frozen] = first.pids
        os.kill(frozen, signal.SIGSTOP)
        bench.plan(fail=True)
        with bench.source(max_pollers=1) as second:
            until(lambda: bench.batches()[-1].pid in second.pids)
            os.kill(frozen, signal.SIGCONT)
            until(lambda: "could not be committed" in bench.log() or "Lost" in bench.log())
            assert bench.committed() == 0
            bench.plan()
            bench.drained()
    assert {int(value) for value in bench.values()} == set(range(5))


def test_a_stop_finishes_the_batch_that_is_out_and_leaves_no_process(bench: Bench) -> None:
    bench.plan(hang_s=1)
    with bench.source(max_pollers=1) as source:
        workers = [psutil.Process(pid) for pid in source.pids]
        bench.send("x", partition=0)
        until(lambda: len(bench.batches()) == 1)
    assert bench.committed() == 1
    assert not any(is_alive(worker) for worker in workers)
    with bench.source(max_pollers=1):
        bench.send("y", partition=0)
        bench.drained()
    assert bench.values() == ["x", "y"]


def test_consumers_end_with_a_killed_parent(bench: Bench) -> None:
    log = bench.directory / "source.log"
    options = {"bootstrap_servers": bench.bootstrap_servers}
    with worker_owner("KafkaSource", bench.function(), log, **options) as (owner, workers):
        assert len(workers) == 2
        owner.kill()
        until(lambda: not any(is_alive(worker) for worker in workers))
