"""What a rush looks like while it happens."""

from io import StringIO

import pytest
from rich.console import Console

from cli import rush
from cli.contract import Reply
from cli.generator import Plan, Tally, crowd
from cli.order import judge_order
from cli.rush import Progress


def drawn(tally: Tally, now: Progress) -> str:
    file = StringIO()
    Console(file=file, width=100).print(rush.funnel(tally, 1000, now))
    return file.getvalue()


def test_the_funnel_shows_verdicts_pending_and_rows() -> None:
    tally = Tally()
    for status, result in ((200, "SUCCESS"), (429, "LIMIT_EXCEEDED"), (500, "HTTP 500")):
        tally.add(Reply("1", None, status, result))
    shown = drawn(tally, Progress(pending=7, rows=42))
    counts = {words[0]: words[1] for line in shown.splitlines() if len(words := line.split()) > 1}
    assert counts["answered"] == "3"
    assert (counts["SUCCESS"], counts["DUPLICATE"], counts["LIMIT_EXCEEDED"]) == ("1", "0", "1")
    assert (counts["pending"], counts["rows"]) == ("7", "42")
    assert "HTTP 500" in shown


def test_the_headline_counts_users_once() -> None:
    plan = Plan("http://127.0.0.1:1", "e", crowd(1000, 900, 1), 50)
    assert rush.headline(plan) == "1,000 attempts on 50 connections by 900 users"


def test_without_servers_only_verdicts_are_shown() -> None:
    shown = drawn(Tally(), Progress())
    assert "pending" not in shown
    assert "rows" not in shown


def test_seats_that_were_added_during_the_rush_are_excused_and_no_others() -> None:
    tally = Tally(started_at=1.0, ended_at=9.0)
    tally.add(Reply("1", None, 429, "LIMIT_EXCEEDED", None, None, 2.0, 3.0))
    tally.add(Reply("2", None, 200, "SUCCESS", 11, None, 5.0, 6.0))
    rows = {"2": (11, 1)}
    excused = judge_order(tally.replies, rows, rush.added_seats(tally, 10, 12))
    assert [str(pair) for pair in excused.excused] == [
        "2 came after 1 was told that all seats are taken, and got seat 11; seat 11 was added"
    ]
    assert excused.inversions == []
    for before, after in ((10, 10), (12, 10), (11, 12)):
        assert judge_order(tally.replies, rows, rush.added_seats(tally, before, after)).inversions


def test_the_first_inversions_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    replies = [Reply("1", None, 200, "SUCCESS", 20, None, 1.0, 2.0)]
    replies += [Reply(str(seat), None, 200, "SUCCESS", seat, None, 3.0, 4.0) for seat in range(2, 12)]
    rush.name_inversions(judge_order(replies, {reply.user_id: (reply.seat_no or 0, 1) for reply in replies}))
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "Out of order: 2 came after 1 got seat 20, and got seat 2."
    assert len(printed) == 5
