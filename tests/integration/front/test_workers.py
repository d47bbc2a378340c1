"""The front's workers: one invocation at a time each, they come and go, and end with whoever started them."""

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import psutil
import pytest

from local.errors import WorkersError
from local.front import Front
from local.function import Function
from local.servers.process import is_alive
from tests.integration.front.client import FUNCTION, ask
from tests.waiting import until


def test_each_worker_does_one_invocation_at_a_time(front: Front) -> None:
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda _: ask(front, "GET", "/events/7?do=slow").json(), range(64)))
    assert {one["inside"] for one in told} == {1}
    told.sort(key=itemgetter("pid", "started"))
    assert {one["pid"] for one in told} <= set(front.pids)
    for _, invocations in groupby(told, key=itemgetter("pid")):
        for before, after in pairwise(invocations):
            assert before["ended"] <= after["started"]


def test_a_killed_worker_is_replaced_and_the_rest_serve_on(own_front: Front) -> None:
    def served_by_a_fresh_one(before: list[int]) -> bool:
        try:
            served = ask(own_front, "GET", "/events/7").json()["pid"]
        except OSError:  # it fell to the one that was just killed
            return False
        return served not in before and served in own_front.pids

    for _ in range(2):
        before = own_front.pids
        os.kill(before[0], signal.SIGKILL)
        until(partial(served_by_a_fresh_one, before))
        assert len(own_front.pids) == 2


def test_a_stop_lets_a_request_finish_and_leaves_nothing(own_front: Front) -> None:
    family = [psutil.Process(pid) for pid in (*own_front.pids, own_front.supervisor_pid)]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, own_front, "GET", "/events/7?do=long")
        until(lambda: "begun" in own_front.log.read_text())
        own_front.stop()
        assert asked.result().body == b"done"
    assert not any(is_alive(process) for process in family)
    with pytest.raises(ConnectionRefusedError):
        ask(own_front, "GET", "/events/7")


def test_workers_end_with_a_killed_parent(own_front: Front) -> None:
    family = [psutil.Process(pid) for pid in own_front.pids]
    os.kill(own_front.supervisor_pid, signal.SIGKILL)
    until(lambda: not any(is_alive(process) for process in family))


def test_a_worker_is_small(front: Front) -> None:
    ask(front, "POST", "/events/7", b"x" * 2**20)
    for pid in front.pids:
        assert psutil.Process(pid).memory_info().rss < 120 * 2**20


def test_a_port_in_use_is_told_in_a_sentence(front: Front, tmp_path: Path) -> None:
    port = int(front.url.rsplit(":", 1)[1])
    with pytest.raises(WorkersError, match=rf"^Port {port} on 127\.0\.0\.1 cannot be had: Address already in use\.$"):
        Front(FUNCTION, port=port, log=tmp_path / "log")
    with socket.create_server(("127.0.0.1", 0)) as stranger, pytest.raises(WorkersError, match="cannot be had"):
        Front(FUNCTION, port=stranger.getsockname()[1], log=tmp_path / "log")


def test_a_handler_that_cannot_be_imported_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkersError, match="ModuleNotFoundError: No module named 'nowhere'"):
        Front(Function("F", "nowhere.handler"), log=tmp_path / "log")
