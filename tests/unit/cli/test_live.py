"""What a rush looks like while it happens."""

import asyncio
from io import StringIO

import pytest
from rich.console import Console

from cli import live, load
from cli.load import Answer, Plan, Tally
from cli.progress import Progress

PLAN = Plan("http://127.0.0.1:1", "e", 1000, 50, 900, 1)


def drawn(tally: Tally, progress: Progress) -> str:
    console = Console(file=StringIO(), width=100)
    console.print(live.funnel(PLAN, tally, progress))
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def test_the_funnel_shows_verdicts_pending_and_rows() -> None:
    tally = Tally()
    for answer in (Answer("SUCCESS", 1), Answer("LIMIT_EXCEEDED"), Answer("HTTP 500")):
        tally.add(1, answer, 0.001)
    shown = drawn(tally, Progress(pending=7, rows=42))
    assert "1,000 attempts on 50 connections by 900 people" in shown
    counts = {words[0]: words[1] for line in shown.splitlines()[1:] if len(words := line.split()) > 1}
    assert counts["answered"] == "3"
    assert (counts["SUCCESS"], counts["DUPLICATE"], counts["LIMIT_EXCEEDED"]) == ("1", "0", "1")
    assert (counts["pending"], counts["rows"]) == ("7", "42")
    assert "HTTP 500" in shown


def test_without_servers_to_ask_only_verdicts_are_shown() -> None:
    shown = drawn(Tally(), Progress())
    assert "pending" not in shown
    assert "rows" not in shown


def test_without_a_terminal_one_line_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def nothing(_plan: Plan, _tally: Tally) -> None:
        return

    monkeypatch.setattr(load, "run", nothing)
    asyncio.run(live.run(PLAN, Tally(), None))
    asyncio.run(live.run(PLAN, Tally(), None, quiet=True))
    assert capsys.readouterr().out == "1,000 attempts on 50 connections by 900 people …\n"
