"""What comes in a batch, when a batch ends, and that nothing is skipped."""

from tests.integration.local.kafka_bench import Bench
from tests.waiting import until


def test_everything_from_the_first_record_on_arrives_once_and_in_order(bench: Bench) -> None:
    """Records sent before the group ever existed count too."""
    sent = [str(number) for number in range(100)]
    bench.send(*sent[:50])
    with bench.source() as source:
        assert len(source.pids) == 2
        bench.send(*sent[50:])
        bench.drained()
    assert sorted(bench.values(), key=int) == sent
    bench.in_order()
    batch = bench.batches()[0]
    assert batch.function == "RecorderFunction"
    assert batch.source == ["aws:kafka", "arn:stream", bench.bootstrap_servers]


def test_a_batch_has_several_partitions_and_never_more_than_its_size(bench: Bench) -> None:
    bench.send(*range(100))
    with bench.source(max_pollers=1, window_s=10.0):  # all are there: no window is over before its batch is full
        bench.drained()
    assert [len(batch.records) for batch in bench.batches()] == [10] * 10
    assert any(len({partition for partition, _, _ in batch.records}) > 1 for batch in bench.batches())


def test_the_window_gathers_what_comes_in_time(bench: Bench) -> None:
    with bench.source(max_pollers=1, window_s=3.0, batch_size=100):
        bench.send("warm")
        bench.drained()
        bench.send("a")
        bench.send("b")
        bench.drained()
    assert [batch.values for batch in bench.batches()] == [["warm"], ["a", "b"]]


def test_a_batch_ends_before_six_megabytes(bench: Bench) -> None:
    bench.send(*(f"{number}{'x' * 900_000}" for number in range(12)), partition=0)
    with bench.source(max_pollers=1, batch_size=100):
        bench.drained()
    assert max(batch.bytes for batch in bench.batches()) < 6 * 2**20
    assert sum(len(batch.records) for batch in bench.batches()) == 12


def test_a_topic_that_is_not_there_yet_is_waited_for_with_one_line(empty: Bench) -> None:
    with empty.source() as source:
        assert len(source.pids) == 2
        until(lambda: empty.log().count("does not exist yet") == 2)  # one line a consumer
        empty.create()
        empty.send(*range(9))
        empty.drained()
    assert sorted(empty.values()) == [str(number) for number in range(9)]
    assert empty.log().count("does not exist yet") == 2
