"""Batches end where the mapping says, order holds, and failures hold up only their own partition."""

from hypothesis import given
from hypothesis import strategies as st

from local.batching import PAYLOAD_BYTES, Batcher
from local.kafka_event import Partition, Record

A, B = ("t", 0), ("t", 1)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def batcher_of(clock: Clock, batch_size: int = 3, window_s: float = 1.0) -> Batcher:
    return Batcher(batch_size, window_s, clock, lambda: 1.0)


def fill(batcher: Batcher, partition: Partition, *offsets: int, size: int = 1) -> None:
    for offset in offsets:
        batcher.add(Record(partition, offset, size, {}))


def names(batch: list[Record]) -> list[tuple[int, int]]:
    return [(record.partition[1], record.offset) for record in batch]


def test_nothing_is_due_while_nothing_is_held() -> None:
    assert batcher_of(Clock()).wait_s() is None


def test_a_batch_is_due_at_its_size() -> None:
    batcher = batcher_of(Clock())
    fill(batcher, A, 0, 1)
    assert batcher.wait_s() == 1.0
    fill(batcher, B, 0, 1)
    assert batcher.wait_s() == 0
    assert names(batcher.batch()) == [(0, 0), (0, 1), (1, 0)]


def test_the_window_counts_from_the_first_record() -> None:
    clock = Clock()
    batcher = batcher_of(clock)
    fill(batcher, A, 0)
    clock.now += 0.75
    fill(batcher, B, 0)
    assert batcher.wait_s() == 0.25
    clock.now += 0.25
    assert batcher.wait_s() == 0
    assert names(batcher.batch()) == [(0, 0), (1, 0)]


def test_a_batch_ends_before_six_megabytes() -> None:
    batcher = batcher_of(Clock(), batch_size=100)
    fill(batcher, A, *range(4), size=PAYLOAD_BYTES // 3)
    assert batcher.wait_s() == 0
    assert names(batcher.batch()) == [(0, 0), (0, 1), (0, 2)]


def test_a_record_that_is_too_large_goes_alone() -> None:
    batcher = batcher_of(Clock())
    fill(batcher, A, 0, 1, size=PAYLOAD_BYTES + 1)
    assert names(batcher.batch()) == [(0, 0)]


def test_a_failed_batch_comes_again_later_each_time() -> None:
    clock = Clock()
    batcher = batcher_of(clock)
    fill(batcher, A, 0, 1, 2)
    waits = []
    for _ in range(8):
        batch = batcher.batch()
        assert names(batch) == [(0, 0), (0, 1), (0, 2)]
        batcher.fail(batch)
        wait_s = batcher.wait_s()
        assert wait_s
        waits.append(round(wait_s, 3))
        assert batcher.batch() == []
        clock.now += wait_s
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert batcher.succeed(batcher.batch(), {}) == {A: 3}
    assert batcher.wait_s() is None


def test_a_partial_failure_keeps_what_follows_and_lets_others_pass() -> None:
    clock = Clock()
    batcher = batcher_of(clock, batch_size=6)
    fill(batcher, A, 0, 1, 2)
    fill(batcher, B, 0, 1, 2)
    assert batcher.succeed(batcher.batch(), {A: 1}) == {A: 1, B: 3}
    assert batcher.full() == {A}
    fill(batcher, B, 3)
    clock.now += 0.1
    assert names(batcher.batch()) == [(0, 1), (0, 2), (1, 3)]


def test_nothing_is_committed_for_a_partition_whose_first_record_failed() -> None:
    batcher = batcher_of(Clock())
    fill(batcher, A, 4, 5)
    assert batcher.succeed(batcher.batch(), {A: 4}) == {}


def test_a_partition_that_has_enough_waiting_is_full() -> None:
    batcher = batcher_of(Clock())
    fill(batcher, A, 0, 1)
    assert batcher.full() == set()
    fill(batcher, A, 2)
    assert batcher.full() == {A}


def test_dropped_partitions_are_forgotten() -> None:
    batcher = batcher_of(Clock())
    fill(batcher, A, 0)
    batcher.fail(batcher.batch())
    batcher.drop([A, B])
    assert batcher.wait_s() is None
    fill(batcher, A, 7)
    assert names(batcher.batch()) == [(0, 7)]


@given(
    batch_size=st.integers(1, 5),
    totals=st.tuples(st.integers(0, 12), st.integers(0, 12)),
    arriving=st.integers(1, 4),
    outcomes=st.lists(st.none() | st.sets(st.integers(0, 4), max_size=2), max_size=15),
)
def test_whatever_fails_every_record_succeeds_once_in_order_and_commits_never_overtake(
    batch_size: int, totals: tuple[int, int], arriving: int, outcomes: list[set[int] | None]
) -> None:
    """An outcome fails the whole batch, or the records at these places in it; after the last one all goes well."""
    clock = Clock()
    batcher = batcher_of(clock, batch_size)
    coming = dict(zip((A, B), totals, strict=True))
    added, done = dict.fromkeys(coming, 0), dict.fromkeys(coming, 0)
    while done != coming:
        for partition, total in coming.items():
            fill(batcher, partition, *range(added[partition], min(total, added[partition] + arriving)))
            added[partition] = min(total, added[partition] + arriving)
        clock.now += batcher.wait_s() or 0
        batch = batcher.batch()
        assert 0 < len(batch) <= batch_size
        for partition in coming:
            offsets = [record.offset for record in batch if record.partition == partition]
            assert offsets == list(range(done[partition], done[partition] + len(offsets)))
        outcome = outcomes.pop() if outcomes else set()
        if outcome is None:
            batcher.fail(batch)
            continue
        failed: dict[Partition, int] = {}
        for place, record in enumerate(batch):
            if place in outcome:
                failed.setdefault(record.partition, record.offset)
        for partition, offset in batcher.succeed(batch, failed).items():
            assert done[partition] < offset <= failed.get(partition, coming[partition])
            done[partition] = offset
    assert batcher.wait_s() is None
