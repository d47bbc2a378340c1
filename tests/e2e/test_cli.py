"""The commands as a person types them, on the run's stack."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cli.main import run
from eventrush.ledger import migrations
from local.servers import Stack
from tests.e2e.conftest import Api

SERVE = [sys.executable, "-c", "from cli.main import main; main()", "serve"]
DEFAULT = f"default-{uuid4().hex[:8]}"


@dataclass(frozen=True)
class Said:
    """What a command printed."""

    stdout: str
    stderr: str


Command = Callable[..., Said]


@pytest.fixture
def command(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `eventrush` on the stack of this run."""
    monkeypatch.setenv("EVENTRUSH_DIRECTORY", str(stack.directory))

    def command(*words: str, status: int = 0) -> Said:
        done = run(words)
        said = Said(*capsys.readouterr())
        assert done == status, said.stderr
        return said

    command("migrate")
    return command


@pytest.fixture(scope="module")
def url(stack: Stack) -> Iterator[str]:
    """Serve on a free port, and an event of ours to those who name none."""
    environ = os.environ | {"EVENTRUSH_DIRECTORY": str(stack.directory), "DEFAULT_EVENT_ID": DEFAULT, "API_PORT": "0"}
    with subprocess.Popen(SERVE, env=environ, stdout=subprocess.PIPE, text=True) as serving:  # noqa: S603 - ourselves
        assert serving.stdout is not None
        yield said_url(serving.stdout.readline())
        serving.terminate()
        assert serving.wait(30) == 143
    assert all(service.alive() for service in stack.services.values()), "it stopped a stack that is not its own"


def said_url(line: str) -> str:
    match = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert match, line
    return match[0]


def as_json(done: Said) -> Any:
    return json.loads(done.stdout)


def test_the_stack_is_shown_with_its_settings(command: Command, stack: Stack) -> None:
    shown = as_json(command("status", "--json"))
    assert shown["stack"] == stack.kind
    assert {one["name"]: one["port"] for one in shown["services"]} == {
        name: service.port for name, service in stack.services.items()
    }
    read = command("status").stdout
    assert all(f" {service.port} " in read for service in stack.services.values()), read
    assert as_json(command("env", "--json")) == stack.environ
    script = command("env").stdout + 'printf %s "$MYSQL_PASSWORD"'
    shell = ["/bin/sh", "-c", script]
    assert subprocess.check_output(shell, text=True) == stack.environ["MYSQL_PASSWORD"]  # noqa: S603 - our own words


def test_up_leaves_a_running_stack_alone(command: Command, stack: Stack) -> None:
    before = {name: service.pid for name, service in stack.services.items()}
    command("up")
    assert {name: service.pid for name, service in stack.services.items()} == before


def test_what_died_is_told_and_started_again(command: Command, stack: Stack) -> None:
    dead = stack.services["mysql"]
    dead.kill()
    shown = as_json(command("status", "--json", status=1))["services"]
    assert {one["name"]: one["alive"] for one in shown} == {"redis": True, "kafka": True, "mysql": False}
    command("up")
    assert dead.alive()
    command("status")


def test_migrating_again_is_harmless(command: Command) -> None:
    assert list(migrations.bundled())
    assert command("migrate").stdout == "The ledger is up to date.\n"


def test_an_event_from_its_creation_to_its_end(command: Command) -> None:
    event_id = f"cli-{uuid4().hex[:8]}"
    times = ["--opens", "2026-01-01T12:00:00+09:00", "--closes", "2099-01-01T00:00:00Z"]
    made = as_json(command("events", "create", event_id, "--capacity", "3", "--name", "잔치", *times, "--json"))
    assert (made["name"], made["capacity"], made["state"]) == ("잔치", 3, "OPEN")
    assert made["opensAt"] == "2026-01-01T03:00:00.000000Z"
    assert event_id in {event["eventId"] for event in as_json(command("events", "list", "--json"))}
    for word, state in (("pause", "PAUSED"), ("resume", "OPEN"), ("close", "CLOSED"), ("open", "OPEN")):
        assert as_json(command("events", word, event_id, "--json"))["state"] == state
    assert as_json(command("events", "resize", event_id, "5", "--json"))["capacity"] == 5
    shown = as_json(command("events", "show", event_id, "--json"))
    assert (shown["phase"], shown["issued"], shown["remaining"], shown["pending"]) == ("OPEN", 0, 5, 0)
    assert event_id in command("events", "show", event_id).stdout
    assert f"an event {event_id} already." in command("events", "create", event_id, status=3).stderr
    assert "no event nobody" in command("events", "show", "nobody", status=3).stderr
    assert "is not paused" in command("events", "resume", event_id, status=3).stderr


def test_a_rush_and_its_report(command: Command, url: str) -> None:
    event_id = f"cli-{uuid4().hex[:8]}"
    command("events", "create", event_id, "--capacity", "20")
    words = ["rush", "--url", url, "--event", event_id, "--attempts", "100", "--concurrency", "10", "--users", "60"]
    came = as_json(command(*words, "--json"))
    assert came["success"] == 20
    assert came["success"] + came["duplicate"] + came["limit_exceeded"] == 100
    assert came["other"] == 0
    report = as_json(command("report", event_id, "--json"))
    assert (report["capacity"], report["issued"], report["sound"]) == (20, 20, True)
    assert "The rush on" in command(*words, "--rate", "500").stdout
    assert "knows no event nobody" in command("rush", "--url", url, "--event", "nobody", status=3).stderr


def test_the_default_event_of_the_shell_is_the_one_that_is_joined(command: Command, url: str) -> None:
    answer = Api(url).ask("POST", "/api/event/join", '{"userId": 3}', {"content-type": "application/json"})
    assert (answer.status, answer.body["eventId"]) == (200, DEFAULT)
    shown = as_json(command("events", "show", DEFAULT, "--json"))
    assert (shown["capacity"], shown["issued"]) == (100, 1)


def test_a_port_that_is_taken_is_said(command: Command, url: str) -> None:
    said = command("serve", "--port", url.rsplit(":", 1)[1], status=3).stderr
    assert said.count("\n") == 1
    assert "cannot be had" in said


def test_an_api_that_is_not_there_is_said(command: Command, tmp_path: Path) -> None:
    said = command("rush", "--url", "http://127.0.0.1:1", "--directory", str(tmp_path), status=3).stderr
    assert said == "eventrush: Nothing answers at http://127.0.0.1:1; `eventrush serve` starts the API here.\n"
