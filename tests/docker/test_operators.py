"""Operators' commands against the admin function in SAM's container, behind `sam local start-lambda`."""

import json
from pathlib import Path

import pytest

from admin.service import Admin
from cli.main import run
from local.ports import free_port
from tests.aws import STACK, stack_with
from tests.docker.terminal import Terminal
from tests.integration.conftest import new_id
from tests.waiting import until

pytestmark = pytest.mark.docker


def test_commands_are_carried_out_in_the_container(
    terminal: Terminal, built: Path, admin: Admin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert built.exists()
    log, port, event_id = tmp_path / "log", free_port(), new_id()
    process = terminal.start(["sam", "local", "start-lambda", "--port", str(port)], log)
    outputs = {"AdminFunction": "AdminFunction", "JoinFunction": "JoinFunction", "ApiUrl": "http://127.0.0.1:1"}
    try:
        until(lambda: f":{port}" in log.read_text() or process.poll() is not None, 60)
        assert process.poll() is None, log.read_text()
        with stack_with(outputs, f"http://127.0.0.1:{port}"):
            for words in (
                ["events", "create", event_id, "--capacity", "3"],
                ["events", "resize", event_id, "4"],
                ["events", "schedule", event_id, "--closes", "2099-01-01T00:00:00Z"],
                ["events", "rename", event_id, "가을"],
            ):
                assert run(["--stack-name", STACK, *words]) == 0, capsys.readouterr().err
            capsys.readouterr()
            assert run(["--stack-name", STACK, "events", "log", event_id, "--json"]) == 0
            changes = json.loads(capsys.readouterr().out)
            assert [change["command"] for change in changes] == ["rename", "schedule", "resize", "create"]
            assert run(["--stack-name", STACK, "events", "create", event_id]) == 3
            assert "exists already" in capsys.readouterr().err
        event = admin.show(event_id).event
        assert (event.name, event.capacity) == ("가을", 4)
    finally:
        process.terminate()
        process.wait(60)
