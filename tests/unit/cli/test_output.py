"""What users sent is shown unchanged."""

from pathlib import Path

import pytest

from cli import output

SENT = ("[/]", '{"userId": [foo]}', "[red]", ":smile:", "[link=http://127.0.0.1]x[/link]")


@pytest.mark.parametrize("sent", SENT)
def test_a_sentence_shows_what_was_sent(sent: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.message(f"It says {sent}.")
    assert capsys.readouterr().out == f"It says {sent}.\n"


@pytest.mark.parametrize("sent", SENT)
def test_a_record_shows_what_was_sent(sent: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.record(f"Dead letter {sent}", {f"name {sent}": f"value {sent}"})
    shown = capsys.readouterr().out
    assert [word in shown for word in (f"letter {sent}", f"name {sent}", f"value {sent}")] == [True, True, True], shown


@pytest.mark.parametrize("sent", SENT)
def test_rows_show_what_was_sent(sent: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.table(f"Letters {sent}", [{f"name {sent}": f"value {sent}"}])
    shown = capsys.readouterr().out
    assert [word in shown for word in (f"ters {sent}", f"name {sent}", f"value {sent}")] == [True, True, True], shown


@pytest.mark.parametrize("sent", SENT)
def test_a_panel_shows_what_was_sent(sent: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.console.print(output.panel("A rush", [("1", f"Told: {sent}")], good=False))
    assert f"Told: {sent}" in capsys.readouterr().out


def test_a_picture_depends_on_its_lines_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = output.panel("Every promise kept", [("100", "won a seat")], good=True)
    monkeypatch.setenv("COLUMNS", "40")
    output.draw(tmp_path / "one.svg", "make demo", "$ make demo", panel)
    monkeypatch.setenv("COLUMNS", "200")
    output.draw(tmp_path / "docs" / "two.svg", "make demo", "$ make demo", panel)
    svg = (tmp_path / "one.svg").read_text()
    assert svg == (tmp_path / "docs" / "two.svg").read_text()
    assert "promise" in svg
    assert "https://" not in svg.replace("https://www.textualize.io", "")
    assert str(tmp_path) not in svg
