"""A process is known by pid and start, and is never left behind."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local.servers import native
from tests.waiting import until


@pytest.fixture
def pid_file(tmp_path: Path) -> Iterator[Path]:
    """Name a pid file; whatever it knows is ended afterwards."""
    file = tmp_path / "server.pid"
    yield file
    left = native.recall(file)
    native.end([left] if left else [], grace_s=1)


def _spawn(pid_file: Path, script: str) -> psutil.Process:
    native.spawn(["/bin/sh", "-c", script], str(pid_file.with_suffix(".log")), pid_file)
    found = native.recall(pid_file)
    assert found
    return found


def test_a_started_process_is_recalled_until_it_ends(pid_file: Path) -> None:
    running = _spawn(pid_file, "exec sleep 60")
    native.end([running], grace_s=5)
    assert native.recall(pid_file) is None
    assert not psutil.pid_exists(running.pid)


def test_it_leads_a_session_of_its_own(pid_file: Path) -> None:
    """Ctrl-C in a terminal reaches the session's foreground group, hence not the servers."""
    assert os.getsid(_spawn(pid_file, "exec sleep 60").pid) != os.getsid(0)


def test_another_holder_of_the_pid_is_not_taken_for_it(pid_file: Path) -> None:
    me = psutil.Process()
    pid_file.write_text(f"{me.pid} {me.create_time() - 60:.2f}\n")
    assert native.recall(pid_file) is None


@pytest.mark.parametrize("text", ["", "\n", "12", "x 1.0"])
def test_a_file_that_names_no_process_is_none(pid_file: Path, text: str) -> None:
    pid_file.write_text(text)
    assert native.recall(pid_file) is None


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace_period(pid_file: Path) -> None:
    deaf = _spawn(pid_file, "trap '' TERM; echo deaf; while :; do sleep 1; done")
    _await_log(pid_file, "deaf")
    native.end([deaf], grace_s=0.2)
    assert not native.is_alive(deaf)


def test_a_suspended_process_ends_too(pid_file: Path) -> None:
    suspended = _spawn(pid_file, "exec sleep 60")
    suspended.send_signal(signal.SIGSTOP)
    assert native.recall(pid_file) == suspended
    native.end([suspended], grace_s=5)
    assert native.recall(pid_file) is None


def test_output_of_both_kinds_goes_to_the_log(pid_file: Path) -> None:
    _spawn(pid_file, "echo said; echo cried >&2; exec sleep 60")
    _await_log(pid_file, "cried\n")
    assert pid_file.with_suffix(".log").read_text() == "said\ncried\n"


def _await_log(pid_file: Path, word: str) -> None:
    log = pid_file.with_suffix(".log")
    until(lambda: word in log.read_text())
