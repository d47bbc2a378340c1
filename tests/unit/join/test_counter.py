"""Verdicts are counted as CloudWatch's embedded metric format: some at once, the others once a second."""

import json
from typing import Any

import pytest

from eventrush.models import Verdict
from join.counter import ACCEPTED_202, BAD_REQUEST, VERDICT_METRICS, VerdictCounter

WON, LOST = VERDICT_METRICS[Verdict.SUCCESS], VERDICT_METRICS[Verdict.LIMIT_EXCEEDED]


class Log:
    """A counter, its clock and what it wrote."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.written: list[str] = []
        self.counter = VerdictCounter("shop", "join", self.written.append, lambda: self.now)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written]


@pytest.fixture
def log() -> Log:
    return Log()


def test_each_verdict_has_its_own_metric() -> None:
    assert set(VERDICT_METRICS) == set(Verdict)
    assert len(set(VERDICT_METRICS.values())) == len(Verdict)
    assert VERDICT_METRICS[Verdict.LIMIT_EXCEEDED] == "VerdictLimitExceeded"


def test_a_line_is_in_the_embedded_metric_format(log: Log) -> None:
    log.counter.add(WON)
    assert log.written[0].endswith("}\n")
    assert log.lines == [
        {
            "_aws": {
                "Timestamp": 1_000_000,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "shop",
                        "Dimensions": [["service"]],
                        "Metrics": [{"Name": "VerdictSuccess", "Unit": "Count"}],
                    }
                ],
            },
            "service": "join",
            "VerdictSuccess": 1,
        }
    ]


@pytest.mark.parametrize(
    "name", [WON, ACCEPTED_202, BAD_REQUEST, VERDICT_METRICS[Verdict.GATE_LOST], VERDICT_METRICS[Verdict.UNAVAILABLE]]
)
def test_winners_and_errors_are_written_at_once(log: Log, name: str) -> None:
    for count in range(1, 4):
        log.counter.add(name)
        assert len(log.lines) == count


def test_losers_are_written_once_a_second_and_all_of_them(log: Log) -> None:
    for _ in range(5):
        log.counter.add(LOST)
    log.counter.add(VERDICT_METRICS[Verdict.DUPLICATE])
    assert [line.get(LOST) for line in log.lines] == [1], "the first, as the last line is old"
    log.now += 1.0
    log.counter.add(WON)
    assert [(line.get(WON), line.get(LOST), line.get("VerdictDuplicate")) for line in log.lines[1:]] == [
        (1, None, None),
        (None, 4, 1),
    ]
    log.now += 1.0
    log.counter.add(WON)
    assert len(log.lines) == 4, "nothing is written twice"


def test_a_clock_that_is_set_back_writes_early_and_not_late(log: Log) -> None:
    log.counter.add(LOST)
    log.now -= 3600
    log.counter.add(LOST)
    assert [line[LOST] for line in log.lines] == [1, 1]
