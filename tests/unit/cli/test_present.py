"""Whatever users sent is shown as it is."""

import pytest

from cli import present

SENT = ("[/]", '{"userId": [foo]}', "[red]", ":smile:", "[link=http://127.0.0.1]x[/link]")


@pytest.mark.parametrize("sent", SENT)
def test_a_sentence_shows_what_was_sent(sent: str, capsys: pytest.CaptureFixture[str]) -> None:
    present.say(f"It says {sent}.")
    assert capsys.readouterr().out == f"It says {sent}.\n"


@pytest.mark.parametrize("sent", SENT)
def test_fields_show_what_was_sent(sent: str, capsys: pytest.CaptureFixture[str]) -> None:
    present.fields(f"Dead letter {sent}", {f"name {sent}": f"value {sent}"})
    shown = capsys.readouterr().out
    assert [word in shown for word in (f"letter {sent}", f"name {sent}", f"value {sent}")] == [True, True, True], shown


@pytest.mark.parametrize("sent", SENT)
def test_rows_show_what_was_sent(sent: str, capsys: pytest.CaptureFixture[str]) -> None:
    present.table(f"Letters {sent}", [{f"name {sent}": f"value {sent}"}])
    shown = capsys.readouterr().out
    assert [word in shown for word in (f"ters {sent}", f"name {sent}", f"value {sent}")] == [True, True, True], shown
