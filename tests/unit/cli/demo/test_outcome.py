import json
from dataclasses import replace
from pathlib import Path

import pytest

from cli.demo.audit import Audit
from cli.demo.outcome import Outcome
from cli.load import Answer, Plan, Tally

FIELDS = [
    "stack",
    "attempts",
    "concurrency",
    "users",
    "capacity",
    "success",
    "duplicate",
    "limit_exceeded",
    "other",
    "rows",
    "distinct_users",
    "distinct_seats",
    "min_seat",
    "max_seat",
    "lost",
    "oversold",
    "doubled",
    "requests_per_s",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "seconds_to_last_row",
]


def an_outcome(capacity: int = 2, users: int = 3) -> Outcome:
    plan = Plan("http://127.0.0.1:1", "demo", 4, 1, users, 1)
    tally = Tally(started_at=1.0, ended_at=2.0)
    for user, answer in ((1, Answer("SUCCESS", 1)), (2, Answer("SUCCESS", 2)), (1, Answer("DUPLICATE", 1))):
        tally.add(user, answer, 0.002)
    tally.add(3, Answer("LIMIT_EXCEEDED"), 0.002)
    return Outcome("native", plan, capacity, tally, Audit(2, 2, 2, 1, 2, 0, 0, 0), 0.1)


def test_the_file_has_the_promised_fields_and_no_others(tmp_path: Path) -> None:
    an_outcome().write(tmp_path / "build" / "demo.json")
    figures = json.loads((tmp_path / "build" / "demo.json").read_text())
    assert list(figures) == FIELDS
    assert figures["requests_per_s"] == 4
    assert figures["p99_ms"] == 2


def test_every_seat_gone_once_is_sound() -> None:
    assert an_outcome().sound
    assert an_outcome(capacity=100, users=2).sound, "fewer people than seats"


@pytest.mark.parametrize("fault", ["lost", "oversold", "doubled"])
def test_a_fault_is_not_sound(fault: str) -> None:
    sound = an_outcome()
    assert not replace(sound, audit=replace(sound.audit, **{fault: 1})).sound


def test_a_seat_that_nobody_got_is_not_sound() -> None:
    assert not an_outcome(capacity=3).sound


def test_a_missing_row_is_not_sound() -> None:
    sound = an_outcome()
    assert not replace(sound, audit=replace(sound.audit, rows=1)).sound


def test_any_other_answer_is_not_sound() -> None:
    outcome = an_outcome()
    outcome.tally.add(4, Answer("HTTP 500"), 0.001)
    assert not outcome.sound


def test_a_person_sees_what_is_amiss(capsys: pytest.CaptureFixture[str]) -> None:
    sound = an_outcome()
    sound.show()
    replace(sound, audit=replace(sound.audit, lost=1), seconds_to_last_row=None).show()
    first, second = capsys.readouterr().out.split("Not sound")
    assert "Every promise kept" in first
    assert "1  lost" in second
