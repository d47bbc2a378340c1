"""The API is found by its note, by a given address, or where it usually is; a rush goes to this machine only."""

import json
import os
from pathlib import Path

import pytest

from cli import running_api
from cli.running_api import TargetError, address, find, noted, require_loopback

SETTINGS = {"MYSQL_PASSWORD": "secret", "DEFAULT_EVENT_ID": "default"}


def test_a_note_is_found_while_its_process_serves(tmp_path: Path) -> None:
    directory = tmp_path / "stack"
    assert find(directory) is None
    with noted(directory, "http://127.0.0.1:3100", SETTINGS):
        found = find(directory)
        assert found is not None
        assert (found.url, found.settings, found.pid) == ("http://127.0.0.1:3100", SETTINGS, os.getpid())
        [note] = directory.iterdir()
        assert note.stat().st_mode & 0o077 == 0, "it holds a password"
    assert find(directory) is None
    assert not list(directory.iterdir())


@pytest.mark.parametrize(
    "changed",
    [{"pid": 2**22 + 1}, {"started_at": 1.0}, {"pid": "x"}, {"extra": 1}],
    ids=["the process is dead", "its pid is another's", "no pid", "another version"],
)
def test_a_stale_note_is_ignored(tmp_path: Path, changed: dict[str, object]) -> None:
    with noted(tmp_path, "http://127.0.0.1:3100", SETTINGS):
        [note] = tmp_path.iterdir()
        note.write_text(json.dumps(json.loads(note.read_text()) | changed))
        assert find(tmp_path) is None
        note.write_text("{")
        assert find(tmp_path) is None


def test_another_api_s_note_is_left_alone(tmp_path: Path) -> None:
    with noted(tmp_path, "http://127.0.0.1:3100", SETTINGS), noted(tmp_path, "http://127.0.0.1:3200", SETTINGS):
        kept = (tmp_path / "api.json").read_text()
    assert find(tmp_path) is None
    with noted(tmp_path, "http://127.0.0.1:3100", SETTINGS):
        (tmp_path / "api.json").write_text(kept)
    assert find(tmp_path) is not None


def test_the_address_is_the_given_one_then_the_running_api_s_then_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("API_PORT", raising=False)
    assert address(None, tmp_path) == "http://127.0.0.1:3000"
    monkeypatch.setenv("API_PORT", "3333")
    assert address(None, tmp_path) == "http://127.0.0.1:3333"
    with noted(tmp_path, "http://127.0.0.1:3100", SETTINGS):
        assert address(None, tmp_path) == "http://127.0.0.1:3100"
        assert address("http://127.0.0.1:9999/", tmp_path) == "http://127.0.0.1:9999"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://127.9.9.9:3000/base/", "http://127.9.9.9:3000/base"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_this_machine_is_rushed(given: str, url: str, tmp_path: Path) -> None:
    assert address(given, tmp_path) == url
    require_loopback(url)


@pytest.mark.parametrize(
    "given",
    [
        "http://example.com",
        "http://10.0.0.1:3000",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "ftp://127.0.0.1",
        "127.0.0.1:3000",
        "http://",
        "http://127.0.0.1:99999",
        "",
    ],
)
def test_nothing_else_is_rushed(given: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"^--url: .*\.$"):
        require_loopback(address(given, tmp_path))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("http://localhost:3000", True),
        ("http://127.0.0.1:3000/", True),
        ("http://127.0.0.1:3001", False),
        ("http://10.0.0.1:3000", False),
    ],
)
def test_two_addresses_of_one_api(other: str, *, same: bool) -> None:
    assert running_api.is_same("http://127.0.0.1:3000", other) is same
