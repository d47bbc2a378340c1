"""What a stack saves, and the Compose project that it is."""

import fcntl
from pathlib import Path

import pytest

from local.servers import Stack, StackError, complete, find, native, native_servers, saved
from local.servers.compose import project_name
from local.servers.stack import load

_PORTS = {"redis": 1, "kafka": 2, "mysql": 3, "controller": 4}


def _stack(directory: Path) -> Stack:
    return native_servers.stack(directory, _PORTS, "s3cret")


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    _stack(tmp_path).save()
    assert load(tmp_path) == {"kind": "native", "ports": _PORTS, "password": "s3cret"}


def test_only_the_owner_may_read_the_password(tmp_path: Path) -> None:
    _stack(tmp_path).save()
    assert (tmp_path / "stack.json").stat().st_mode & 0o077 == 0


def test_nothing_is_found_where_nothing_ran(tmp_path: Path) -> None:
    assert find(tmp_path) is None


def test_a_stack_whose_servers_are_gone_is_not_found(tmp_path: Path) -> None:
    _stack(tmp_path).save()
    assert find(tmp_path) is None


def test_a_stack_that_stopped_is_known_until_it_is_discarded(tmp_path: Path) -> None:
    _stack(tmp_path).save()
    found = saved(tmp_path)
    assert found
    assert (found.kind, set(found.services)) == ("native", {"redis", "kafka", "mysql"})
    found.discard()
    assert saved(tmp_path) is None


def test_what_is_left_of_a_stack_is_completed_by_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _stack(tmp_path).save()
    monkeypatch.setenv("PATH", "/nowhere")  # a server that would be started here is not found
    native.spawn(["/bin/sleep", "60"], str(tmp_path / "redis.log"), tmp_path / "redis.pid")
    running = native.recall(tmp_path / "redis.pid")
    assert running
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StackError) as refused:
            complete(tmp_path)
    native.end([running], grace_s=5)
    assert str(refused.value) == f"Another process is starting a stack in {tmp_path}."


@pytest.mark.parametrize("text", ["{", "[]", '{"kind": "native"}'])
def test_a_file_that_is_not_a_stacks_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "stack.json").write_text(text)
    with pytest.raises(StackError, match=r"^.*stack\.json is not a stack's; delete it and start again\.$"):
        find(tmp_path)


def test_two_checkouts_are_two_projects() -> None:
    assert project_name(Path("/a/.local")) != project_name(Path("/b/.local"))
    assert project_name(Path("/a/.local")) == project_name(Path("/a/.local"))
