"""What a rush looks like while it happens."""

from io import StringIO

from rich.console import Console

from cli import rush
from cli.contract import Reply
from cli.generator import Plan, Tally, crowd
from cli.rush import Progress

PLAN = Plan("http://127.0.0.1:1", "e", crowd(1000, 900, 1), 50)


def drawn(tally: Tally, now: Progress) -> str:
    file = StringIO()
    Console(file=file, width=100).print(rush.funnel(PLAN, tally, now))
    return file.getvalue()


def test_the_funnel_shows_verdicts_pending_and_rows() -> None:
    tally = Tally()
    for status, result in ((200, "SUCCESS"), (429, "LIMIT_EXCEEDED"), (500, "HTTP 500")):
        tally.add(Reply("1", None, status, result))
    shown = drawn(tally, Progress(pending=7, rows=42))
    assert "1,000 attempts on 50 connections by 900 users" in shown
    counts = {words[0]: words[1] for line in shown.splitlines()[1:] if len(words := line.split()) > 1}
    assert counts["answered"] == "3"
    assert (counts["SUCCESS"], counts["DUPLICATE"], counts["LIMIT_EXCEEDED"]) == ("1", "0", "1")
    assert (counts["pending"], counts["rows"]) == ("7", "42")
    assert "HTTP 500" in shown


def test_without_servers_only_verdicts_are_shown() -> None:
    shown = drawn(Tally(), Progress())
    assert "pending" not in shown
    assert "rows" not in shown
