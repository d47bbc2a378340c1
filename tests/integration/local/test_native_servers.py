"""What can go wrong when servers are processes: ports, early deaths, interrupts."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local.ports import HOST, free_port, is_free
from local.servers import PortTakenError, StackError
from local.servers.native_servers import redis_server
from tests.processes import processes_of
from tests.waiting import until


def test_a_free_port_is_free_and_never_a_clients_own() -> None:
    """A client's port may be any from 32768 up; a server that comes back must not find its port among them."""
    ports = [free_port() for _ in range(50)]
    assert all(is_free(port) and port < 32_768 for port in ports)


def test_a_taken_port_is_told_and_nothing_is_started(tmp_path: Path) -> None:
    service = redis_server(tmp_path / "redis", free_port())
    with socket.create_server((HOST, service.port)), pytest.raises(PortTakenError, match=f"port {service.port}: "):
        service.start()
    assert not service.alive()


def test_a_server_that_ends_at_once_is_one_sentence_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "appendonlydir").write_text("not a directory")
    service = redis_server(tmp_path / "redis", free_port())
    with pytest.raises(StackError, match=r"^redis ended while it started; its log is .*redis\.log\.$"):
        service.start()
    assert "appendonlydir" in Path(service.log).read_text()


_START = """
import logging, signal, sys
from pathlib import Path
from local.servers import start
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
with start(Path(sys.argv[1]), "native"):
    signal.pause()  # so that an interrupt which comes late does not find us gone
"""


@pytest.mark.parametrize("moment", ["mysql.new", "kafka.log", "kafka.pid", "mysql.pid"])
def test_an_interrupted_start_leaves_nothing_running(tmp_path: Path, moment: str) -> None:
    """Ctrl-C while data are made, between two servers, and while the last one comes up."""
    command = [sys.executable, "-c", _START, str(tmp_path)]
    starting = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words
    until((tmp_path / moment).exists, 90)
    starting.send_signal(signal.SIGINT)
    assert starting.wait(60) == -signal.SIGINT
    until(lambda: not processes_of(tmp_path))
    assert not (tmp_path / "stack.json").exists()
