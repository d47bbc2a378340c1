"""An export continues where it was interrupted, whatever was written, and has every entry once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.export import Export, ExportError, Format

FORMATS: list[Format] = ["csv", "ndjson"]
USERS = {1: "a", 2: '"b",c', 3: "=d", 5: "e\\", 6: "f'", 8: "g"}
ROWS: list[dict[str, Any]] = [
    {"seatNo": seat, "userId": user, "requestTime": f"2026-12-01T12:00:0{seat}.000000Z", "epoch": 1}
    for seat, user in USERS.items()
]
PAGE = 2


class Ledger:
    """Pages of two entries; it does not answer the page above seat `fails_at`."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.asked: list[int] = []
        self.rows = list(ROWS)
        self.fails_at = fails_at

    def page(self, after: int) -> dict[str, Any]:
        self.asked.append(after)
        if after == self.fails_at:
            raise ConnectionError
        rows = [row for row in self.rows if row["seatNo"] > after][:PAGE]
        last = rows[-1]["seatNo"] if rows else after
        total = sum(row["seatNo"] <= last for row in self.rows)
        return {"rows": rows, "total": None if len(rows) == PAGE else total}


@pytest.fixture(params=FORMATS)
def form(request: pytest.FixtureRequest) -> Format:
    form: Format = request.param
    return form


@pytest.fixture
def path(tmp_path: Path, form: Format) -> Path:
    return tmp_path / f"out.{form}"


def part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def whole(path: Path, form: Format) -> str:
    assert Export(Ledger().page, "spring", form).to_file(path, "") == len(ROWS)
    assert not part(path).exists()
    content = path.read_text()
    path.unlink()
    return content


def test_a_line_is_an_entry_with_its_event(path: Path, form: Format) -> None:
    lines = whole(path, form).splitlines()
    if form == "csv":
        assert lines[0] == "eventId,seatNo,userId,requestTime,epoch"
        assert lines[2] == 'spring,2,"""b"",c",2026-12-01T12:00:02.000000Z,1'
        assert len(lines) == 1 + len(ROWS)
    else:
        assert [json.loads(line) for line in lines] == [{"eventId": "spring", **row} for row in ROWS]


def cuts(content: str) -> Iterator[str]:
    """Yield what an export that was killed may have left."""
    for end in range(len(content)):
        yield content[:end]


def test_it_continues_after_any_byte(path: Path, form: Format) -> None:
    expected = whole(path, form)
    for left in cuts(expected):
        part(path).write_text(left)
        ledger = Ledger()
        assert Export(ledger.page, "spring", form).to_file(path, "") == len(ROWS)
        assert path.read_text() == expected
        path.unlink()
        rows = left.count("\n") - (form == "csv")
        assert ledger.asked[0] == (ROWS[rows - 1]["seatNo"] if rows > 0 else 0), "nothing is read again"


def test_what_was_read_is_kept_when_a_page_fails(path: Path, form: Format) -> None:
    expected = whole(path, form)
    path.write_text("an older export")
    with pytest.raises(ConnectionError):
        Export(Ledger(fails_at=5).page, "spring", form).to_file(path, "")
    assert path.read_text() == "an older export", "it is replaced by a complete one only"
    assert part(path).read_text() == expected[: len(part(path).read_text())]
    ledger = Ledger()
    Export(ledger.page, "spring", form).to_file(path, "")
    assert ledger.asked == [5, 8]
    assert path.read_text() == expected


def test_entries_that_are_recorded_behind_it_are_noticed(path: Path, form: Format) -> None:
    ledger = Ledger()
    late = ledger.rows.pop(1)

    def page(after: int) -> dict[str, Any]:
        if after and late not in ledger.rows:
            ledger.rows.insert(1, late)
        return ledger.page(after)

    with pytest.raises(ExportError, match=r"recorded below seat 8"):
        Export(page, "spring", form).to_file(path, "")
    assert not path.exists()
    assert not part(path).exists(), "it begins again"


@pytest.mark.parametrize("left", ["winter,1,a,2026-12-01T12:00:01.000000Z,1\n" * 2, "nonsense\n" * 2, '{"a": 1}\n' * 2])
def test_another_partial_file_is_left_alone(path: Path, form: Format, left: str) -> None:
    part(path).write_text(left)
    with pytest.raises(ExportError, match=r"is no partial export of spring as "):
        Export(Ledger().page, "spring", form).to_file(path, "")
    assert part(path).read_text() == left


def test_a_partial_file_of_another_stack_is_another_file(path: Path, form: Format) -> None:
    with pytest.raises(ConnectionError):
        Export(Ledger(fails_at=5).page, "spring", form).to_file(path, "prod")
    assert path.with_name(f"{path.name}.prod.part").exists()
    ledger = Ledger()
    Export(ledger.page, "spring", form).to_file(path, "dev")
    assert ledger.asked[0] == 0


def test_two_exports_do_not_write_to_one_file(path: Path, form: Format) -> None:
    said: list[str] = []

    def page(after: int) -> dict[str, Any]:
        with pytest.raises(ExportError) as refused:
            Export(Ledger().page, "spring", form).to_file(path, "")
        said.append(str(refused.value))
        return Ledger().page(after)

    Export(page, "spring", form).to_file(path, "")
    assert said == [f"Another export writes to {part(path)}."] * 4


def test_stdout_gets_the_same(path: Path, form: Format, capsys: pytest.CaptureFixture[str]) -> None:
    expected = whole(path, form)
    Export(Ledger().page, "spring", form).to_stdout()
    assert capsys.readouterr().out == expected
