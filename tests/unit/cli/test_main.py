"""Every expected error is one sentence on stderr, and an exit status."""

import json
import sys
from importlib import metadata
from pathlib import Path

import pytest

from cli.main import run

DEMO = ("ATTEMPTS", "CONCURRENCY", "USERS", "CAPACITY")
K6 = ("VUS", "DURATION", "USERS", "PAUSE", "EVENT_ID", "CAPACITY")


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EVENTRUSH_DIRECTORY", str(tmp_path))
    for name in ("REDIS_URL", "MYSQL_HOST", "STACK", "API_URL", *DEMO, *K6):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", DEMO)
@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "9223372036854775808"])
def test_a_bad_setting_of_the_demo_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert run(["demo"]) == 2
    assert_one_sentence(capsys, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VUS", "0"),
        ("VUS", "many"),
        ("USERS", "0"),
        ("USERS", "9007199254740992"),
        ("CAPACITY", "0"),
        ("PAUSE", "-1"),
        ("PAUSE", "soon"),
        ("DURATION", "10"),
        ("DURATION", "0s"),
        ("DURATION", "soon"),
        ("EVENT_ID", "Nope"),
    ],
)
def test_a_bad_setting_of_k6_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert run(["k6"]) == 2
    assert_one_sentence(capsys, name)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["demo", "--stack", "kubernetes"], "--stack"),
        (["demo", "--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
        (["rush", "--rate", "0"], "--rate"),
        (["rush", "--seed", "x"], "--seed"),
        (["rush", "--url", "http://example.com"], "example.com is not on it"),
        (["serve", "--port", "65536"], "--port"),
        (["serve", "--workers", "0"], "--workers"),
        (["events", "create", "Nope"], "an event's id is"),
        (["events", "create", "e", "--capacity", "0"], "--capacity"),
        (["events", "create", "e", "--opens", "tomorrow"], "--opens"),
        (["events", "create", "e", "--opens", "2026-12-01T12:00:00"], "a time needs its zone"),
        (
            ["events", "create", "e", "--opens", "2026-12-01T12:00:00Z", "--closes", "2026-12-01T12:00:00Z"],
            "--closes: must be after --opens",
        ),
        (["events", "create", "e", "--opens", "0001-01-01T00:00:00+14:00"], "--opens: "),
        (["events", "create", "e", "--closes", "9999-12-31T23:59:59-12:00"], "--closes: "),
        (["events", "create", "e", "--name", "n" * 201], "name: "),
        (["events", "create", "e", "--name", " "], "name: "),
        *((["events", word, "Nope"], "an event's id is") for word in ("show", "open", "pause", "resume", "close")),
        (["events", "resize", "이", "1"], "an event's id is"),
        (["report", "Nope"], "an event's id is"),
        (["rebuild", "a/b"], "an event's id is"),
        (["rush", "--event", "a/b"], "an event's id is"),
        (["dead-letters", "list", "--event", "Nope"], "an event's id is"),
        (["dead-letters", "show", "event.join:0"], "topic:partition:offset"),
        (["dead-letters", "show", "이:0:0"], "topic: "),
        (["dead-letters", "discard", "t:0:0", "--reason", "r" * 201], "reason: "),
        (["dead-letters", "discard", "t:0:0", "--reason", " "], "reason: "),
        (["events", "resize", "e", "0"], "capacity"),
        (["report"], "EVENT"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_bad_option_is_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == (3 if "example.com" in said else 2)
    assert_one_sentence(capsys, said)


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["env"],
        ["migrate"],
        ["report", "e"],
        ["reconcile"],
        ["events", "list"],
        ["events", "create", "e"],
        ["events", "open", "e"],
    ],
    ids=" ".join,
)
def test_a_missing_stack_is_reported(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 3
    assert_one_sentence(capsys, "`eventrush up` starts one.")


def test_a_file_that_cannot_be_is_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert run(["status", "--directory", str(tmp_path / "file" / "x")]) == 3
    assert_one_sentence(capsys, "file")


def test_nothing_to_stop_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["down"]) == 0
    assert capsys.readouterr().out == "No stack runs.\n"


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"eventrush {metadata.version('eventrush')}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["eventrush"])
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    exits(["--install-completion", shell])
    assert list(tmp_path.rglob("*eventrush*"))
    exits(["--show-completion", shell])
    assert f"_EVENTRUSH_COMPLETE=complete_{shell}" in capsys.readouterr().out
    typed = "eventrush dead-letters re"
    asked = {"COMP_WORDS": typed, "COMP_CWORD": "2", "_TYPER_COMPLETE_ARGS": typed}
    for name, value in {**asked, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("_EVENTRUSH_COMPLETE", f"complete_{shell}")
    exits([])
    assert "redrive" in capsys.readouterr().out


def exits(words: list[str]) -> None:
    """Run what typer ends by itself."""
    with pytest.raises(SystemExit) as done:
        run(words)
    assert not done.value.code


def test_data_of_a_stopped_stack_are_discarded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ports = {"redis": 1, "kafka": 2, "mysql": 3, "controller": 4}
    state = {"kind": "native", "ports": ports, "password": ""}
    (tmp_path / "stack.json").write_text(json.dumps(state))
    for name in ("redis", "kafka", "mysql"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data").touch()
    assert run(["down"]) == 0
    assert run(["down", "--discard"]) == 0
    assert not list(tmp_path.iterdir())
    assert run(["down", "--discard"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "No stack runs.",
        "Stopped, and its data deleted.",
        "No stack runs.",
    ]


def test_help_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "report" in shown
    assert "3 the command could not be done" in " ".join(shown.split())


def assert_one_sentence(capsys: pytest.CaptureFixture[str], said: str) -> None:
    output = capsys.readouterr()
    assert output.out == ""
    assert said in output.err
    assert output.err.startswith("eventrush: ")
    assert output.err.endswith(".\n")
    assert output.err.count("\n") == 1
