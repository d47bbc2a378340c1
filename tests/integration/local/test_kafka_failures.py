"""A batch that failed comes again, in whole or from its first failed record on; nothing is committed too early."""

import pytest

from local.exceptions import WorkersError
from tests.integration.local.kafka_bench import PARTITIONS, Bench
from tests.waiting import until


def test_a_partial_failure_brings_back_what_follows_and_commits_what_went_before(bench: Bench) -> None:
    bench.plan(fail_values=["3"])
    bench.send(*range(6), partition=0)
    bench.send("other", partition=1)
    with bench.source(max_pollers=1):
        until(lambda: bench.values().count("3") >= 2)
        assert bench.committed(0) == 3
        until(lambda: bench.committed(1) == 1)
        bench.send("next", partition=1)
        until(lambda: bench.committed(1) == 2)
        assert bench.committed(0) == 3
        bench.plan()
        bench.drained()
    values = bench.values()
    assert [values.count(str(number)) for number in range(3)] == [1, 1, 1]
    assert values.count("other") == 1
    assert values.count("5") == values.count("3") > 1
    bench.in_order()


@pytest.mark.parametrize(
    "answer", [{"batchItemFailures": [{"itemIdentifier": {"partition": "nowhere-0", "offset": 0}}]}, "text"]
)
def test_an_invalid_answer_fails_the_whole_batch(bench: Bench, answer: object) -> None:
    bench.plan(answer=answer)
    with bench.source(max_pollers=1):
        bench.send(*range(4), partition=0)
        until(lambda: bench.values().count("0") >= 2)
        assert bench.committed() == 0
        bench.plan()
        bench.drained()
    assert "The batch counts as failed" in bench.log()


def test_an_answer_is_ignored_where_the_mapping_reports_no_failures(bench: Bench) -> None:
    bench.plan(fail_values=["0"])
    with bench.source(max_pollers=1, reports_failures=False):
        bench.send("0", partition=0)
        bench.drained()
    assert bench.values() == ["0"]


def test_a_failing_function_commits_nothing_and_recovers(bench: Bench) -> None:
    bench.plan(fail=True)
    with bench.source():
        bench.send(*range(30))
        until(lambda: len(bench.batches()) >= 6)
        assert [bench.committed(partition) for partition in range(PARTITIONS)] == [0, 0, 0]
        bench.plan()
        bench.drained()
    assert {int(value) for value in bench.values()} == set(range(30))
    bench.in_order()
    assert "RuntimeError: told to fail" in bench.log()


def test_retries_slow_down(bench: Bench) -> None:
    bench.plan(fail=True)
    with bench.source(max_pollers=1):
        bench.send("x", partition=0)
        until(lambda: len(bench.batches()) >= 6)
    times = [batch.time for batch in bench.batches()]
    assert times[5] - times[4] > 0.7, "the first pause is a tenth of a second at most, the fifth no less than 0.8 s"


def test_an_invocation_over_its_timeout_ends_its_consumer_and_comes_again(bench: Bench) -> None:
    bench.plan(hang_s=60)
    with bench.source(timeout_s=2, max_pollers=1):
        bench.send("x", partition=0)
        until(lambda: len(bench.batches()) == 1)
        bench.plan()
        bench.drained(within_s=40)
    assert bench.values() == ["x", "x"]
    assert "was ended by SIGALRM" in bench.log()


def test_a_handler_that_cannot_be_imported_is_told_in_a_sentence(bench: Bench) -> None:
    with pytest.raises(WorkersError, match="ModuleNotFoundError: No module named 'nowhere'"):
        bench.source(handler="nowhere.handler")
