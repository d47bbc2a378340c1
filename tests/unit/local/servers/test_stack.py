"""What a stack writes down, and the project it is to Compose."""

import fcntl
from pathlib import Path

import pytest

from local.servers import Stack, StackError, complete, find, process, saved, settings
from local.servers.compose.project import project_name
from local.servers.stack import load

_PORTS = {"redis": 1, "kafka": 2, "mysql": 3}


def _stack(directory: Path) -> Stack:
    environ = settings.environ(_PORTS, "s3cret", tls="off")
    return Stack(directory, "native", {}, environ, {"ports": {**_PORTS, "controller": 4}}, end=lambda: None)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    stack = _stack(tmp_path)
    stack.save()
    assert load(tmp_path) == {"kind": "native", **stack.recipe, "environ": stack.environ}


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
    monkeypatch.setenv("PATH", "/nowhere")  # whoever would start a server here finds none
    process.spawn_known(["/bin/sleep", "60"], tmp_path / "redis.log", tmp_path / "redis.pid")
    running = process.recall(tmp_path / "redis.pid")
    assert running
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StackError) as refused:
            complete(tmp_path)
    process.end([running], grace_s=5)
    assert str(refused.value) == f"Another stack is just being started in {tmp_path}."


def test_a_file_that_is_not_a_stacks_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{")
    with pytest.raises(StackError, match=r"^.*stack\.json is not a stack's; delete it and start again\.$"):
        find(tmp_path)


def test_the_settings_lead_to_loopback() -> None:
    environ = settings.environ(_PORTS, "s3cret", tls="required")
    assert environ["REDIS_URL"] == "redis://127.0.0.1:1/0"
    assert environ["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:2"
    assert (environ["MYSQL_HOST"], environ["MYSQL_PORT"], environ["MYSQL_TLS"]) == ("127.0.0.1", "3", "required")


def test_two_checkouts_are_two_projects() -> None:
    assert project_name(Path("/a/.local")) != project_name(Path("/b/.local"))
    assert project_name(Path("/a/.local")) == project_name(Path("/a/.local"))
