"""What can go wrong when servers are processes: ports, early deaths, interrupts."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from local.stack import StackError
from local.stack.errors import PortTakenError
from local.stack.native.redis import RedisServer
from local.stack.native.service import NativeService
from local.stack.ports import HOST, free_port, is_free


def test_a_free_port_is_free_and_never_a_clients_own() -> None:
    """A client's port may be any from 32768 up; a server that comes back must not find its port among them."""
    ports = [free_port() for _ in range(50)]
    assert all(is_free(port) and port < 32_768 for port in ports)


def test_a_taken_port_is_told_and_nothing_is_started(tmp_path: Path) -> None:
    service = NativeService(RedisServer(tmp_path / "redis", free_port()))
    with socket.create_server((HOST, service.port)), pytest.raises(PortTakenError, match=f"port {service.port}: "):
        service.start()
    assert not service.alive()


def test_a_server_that_ends_at_once_is_one_sentence_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "appendonlydir").write_text("not a directory")
    service = NativeService(RedisServer(tmp_path / "redis", free_port()))
    with pytest.raises(StackError, match=r"^redis ended while it started; its log is .*redis\.log\.$"):
        service.start()
    assert "appendonlydir" in Path(service.log).read_text()


_START = """
import logging, sys
from pathlib import Path
from local.stack import start
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
start(Path(sys.argv[1]), "native")
"""


@pytest.mark.parametrize("moment", ["mysql.new", "kafka.log", "kafka.pid", "mysql.pid"])
def test_an_interrupted_start_leaves_nothing_running(tmp_path: Path, moment: str) -> None:
    """Ctrl-C while data are made, between two servers, and while the last one comes up."""
    command = [sys.executable, "-c", _START, str(tmp_path)]
    starting = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words
    poll = Retrying(stop=stop_after_delay(30), wait=wait_fixed(0.005), retry=retry_if_not_result(bool))
    poll((tmp_path / moment).exists)
    starting.send_signal(signal.SIGINT)
    assert starting.wait(30) == -signal.SIGINT
    poll(lambda: not _processes_of(tmp_path))
    assert not (tmp_path / "stack.json").exists()


def _processes_of(directory: Path) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if str(directory) in " ".join(one.info["cmdline"] or [])]
