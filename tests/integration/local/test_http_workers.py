"""The workers of the HTTP API: one invocation at a time each, restarted, ended with their parent."""

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import psutil
import pytest

from local.exceptions import WorkersError
from local.http_api import HttpApi
from local.servers.native import is_alive
from tests.integration.local.http_client import FUNCTION, ask
from tests.integration.local.worker_owner import worker_owner
from tests.waiting import until


def test_each_worker_does_one_invocation_at_a_time(api: HttpApi) -> None:
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda _: ask(api, "GET", "/events/7?do=slow").json(), range(64)))
    assert {one["inside"] for one in told} == {1}
    told.sort(key=itemgetter("pid", "started"))
    assert {one["pid"] for one in told} <= set(api.pids)
    for _, invocations in groupby(told, key=itemgetter("pid")):
        for before, after in pairwise(invocations):
            assert before["ended"] <= after["started"]


def test_a_killed_worker_is_replaced_and_the_rest_serve_on(own_api: HttpApi) -> None:
    def served_by_a_fresh_one(before: list[int]) -> bool:
        try:
            served = ask(own_api, "GET", "/events/7").json()["pid"]
        except OSError:  # it fell to the one that was just killed
            return False
        return served not in before and served in own_api.pids

    for _ in range(2):
        before = own_api.pids
        os.kill(before[0], signal.SIGKILL)
        until(partial(served_by_a_fresh_one, before))
        assert len(own_api.pids) == 2


def test_a_stop_lets_a_request_finish_and_leaves_nothing(own_api: HttpApi) -> None:
    workers = [psutil.Process(pid) for pid in own_api.pids]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, own_api, "GET", "/events/7?do=long")
        until(lambda: "begun" in own_api.log.read_text())
        own_api.stop()
        assert asked.result().body == b"done"
    assert not any(is_alive(worker) for worker in workers)
    with pytest.raises(ConnectionRefusedError):
        ask(own_api, "GET", "/events/7")


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    with worker_owner("HttpApi", FUNCTION, tmp_path / "log", workers=2) as (owner, workers):
        assert len(workers) == 2
        owner.kill()
        until(lambda: not any(is_alive(worker) for worker in workers))


def test_a_worker_is_small(api: HttpApi) -> None:
    ask(api, "POST", "/events/7", b"x" * 2**20)
    for pid in api.pids:
        assert psutil.Process(pid).memory_info().rss < 45 * 2**20


def test_a_port_in_use_is_told_in_a_sentence(api: HttpApi, tmp_path: Path) -> None:
    port = int(api.url.rsplit(":", 1)[1])
    with pytest.raises(
        WorkersError, match=rf"^Port {port} on 127\.0\.0\.1 is not available: Address already in use\.$"
    ):
        HttpApi(FUNCTION, port=port, log=tmp_path / "log")
    with socket.create_server(("127.0.0.1", 0)) as stranger, pytest.raises(WorkersError, match="is not available"):
        HttpApi(FUNCTION, port=stranger.getsockname()[1], log=tmp_path / "log")


def test_a_handler_that_cannot_be_imported_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkersError, match="ModuleNotFoundError: No module named 'nowhere'"):
        HttpApi(replace(FUNCTION, handler="nowhere.handler"), log=tmp_path / "log")
