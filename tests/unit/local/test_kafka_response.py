"""ReportBatchItemFailures is read as Lambda reads it."""

from typing import Any

import pytest

from local.kafka_event import InvalidResponseError, Record, failures

BATCH = [Record(("t", partition), offset, 1, {}) for partition in (0, 1) for offset in (5, 6, 7)]


def item(partition: object, offset: object) -> dict[str, Any]:
    return {"itemIdentifier": {"partition": partition, "offset": offset}}


@pytest.mark.parametrize("response", [None, "", {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"a": 1}])
def test_no_failures(response: Any) -> None:
    assert failures(response, BATCH) == {}


def test_the_lowest_offset_of_each_partition_counts() -> None:
    response = {"batchItemFailures": [item("t-0", 7), item("t-0", 6), item("t-1", 5)]}
    assert failures(response, BATCH) == {("t", 0): 6, ("t", 1): 5}


@pytest.mark.parametrize(
    "response",
    [
        "text",
        [1],
        {"batchItemFailures": "x"},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": [None]},
        {"batchItemFailures": {"a": 1}},
        {"batchItemFailures": 1},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [item("t-0", 8)]},
        {"batchItemFailures": [item("t-2", 5)]},
        {"batchItemFailures": [item(0, 5)]},
        {"batchItemFailures": [item("t-0", None)]},
        {"batchItemFailures": [item("t-0", "5")]},
        {"batchItemFailures": [item(["t-0"], 5)]},
        {"batchItemFailures": [item("t-0", 6), {}]},
    ],
)
def test_what_names_no_record_of_the_batch_fails_the_whole(response: Any) -> None:
    with pytest.raises(InvalidResponseError):
        failures(response, BATCH)
