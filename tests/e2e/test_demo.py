"""The demonstration, from nothing to its files, and its clean-up however it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from local.servers import Stack
from tests.processes import processes_of
from tests.waiting import until

PROGRAM = [sys.executable, "-c", "from cli.main import main; main()", "demo"]


@pytest.mark.parametrize("identity", ["body", "token"])
def test_a_small_rush_is_consistent_and_leaves_nothing(identity: str, tmp_path: Path) -> None:
    output, picture = tmp_path / "demo.json", tmp_path / "demo.svg"
    settings = {"ATTEMPTS": "300", "CONCURRENCY": "20", "USERS": "200", "CAPACITY": "30", "IDENTITY": identity}
    done = subprocess.run(  # noqa: S603 - our own words
        [*PROGRAM, "--output", str(output), "--directory", str(tmp_path / "stacks"), "--svg", str(picture)],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Every promise kept" in done.stdout
    figures = json.loads(output.read_text())
    assert figures["success"] == figures["rows"] == figures["distinctUsers"] == figures["maxSeat"] == 30
    assert figures["duplicate"] + figures["limitExceeded"] == 270
    assert (figures["lost"], figures["oversold"], figures["doubled"], figures["falseDuplicates"]) == (0, 0, 0, 0)
    assert figures["inversions"] == 0
    assert "promise" in picture.read_text()
    assert str(tmp_path) not in picture.read_text()
    assert not list((tmp_path / "stacks").iterdir())


@pytest.mark.parametrize(
    ("number", "moment"), [(signal.SIGINT, "while the servers start"), (signal.SIGTERM, "during the rush")]
)
def test_a_signal_stops_everything(number: signal.Signals, moment: str, stack: Stack, tmp_path: Path) -> None:
    stacks = tmp_path / "stacks"
    words = [*PROGRAM, "--attempts", "1000000", "--directory", str(stacks), "--output", str(tmp_path / "demo.json")]
    log = tmp_path / "log"
    with log.open("w") as output:
        demo = psutil.Popen(words, env=os.environ | {"STACK": stack.kind}, stdout=output, stderr=output)
    starting = "redis.pid" if stack.kind == "native" else "lock"
    if moment == "while the servers start":
        until(lambda: list(stacks.glob(f"demo-*/{starting}")), 90)
    else:
        until(lambda: "connections by" in log.read_text(), 90)
    demo.send_signal(number)
    assert demo.wait(90) == 128 + number
    assert "Traceback" not in log.read_text()
    assert not (tmp_path / "demo.json").exists()
    assert not processes_of(stacks)
    assert not list(stacks.iterdir())
