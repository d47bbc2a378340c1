"""The commands as a person types them, on the run's stack."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest
import yaml

from cli.environment import environment
from cli.main import run
from eventrush.ledger import migrations
from local.servers import Stack
from tests.e2e.conftest import Api, Command
from tests.e2e.test_outages import suspended
from tests.waiting import until

SERVE = [sys.executable, "-c", "from cli.main import main; main()", "serve"]
DEFAULT = f"default-{uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def url(stack: Stack) -> Iterator[str]:
    """Serve on a free port, with a default event of the test's own."""
    environ = os.environ | {"EVENTRUSH_DIRECTORY": str(stack.directory), "DEFAULT_EVENT_ID": DEFAULT, "API_PORT": "0"}
    with subprocess.Popen(SERVE, env=environ, stdout=subprocess.PIPE, text=True) as serving:  # noqa: S603 - ourselves
        assert serving.stdout is not None
        yield url_of(serving.stdout.readline())
        serving.terminate()
        assert serving.wait(30) == 143
    assert all(service.alive() for service in stack.services.values()), "it stopped a stack that it had not started"


def url_of(line: str) -> str:
    match = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert match, line
    return match[0]


def test_the_stack_is_shown_with_its_settings(command: Command, stack: Stack) -> None:
    shown = command("status", "--json").json
    assert shown["stack"] == stack.kind
    assert {one["name"]: one["port"] for one in shown["services"]} == {
        name: service.port for name, service in stack.services.items()
    }
    read = command("status").stdout
    assert all(f" {service.port} " in read for service in stack.services.values()), read
    assert command("env", "--json").json == environment(stack)
    script = command("env").stdout + 'printf %s "$MYSQL_PASSWORD"'
    shell = ["/bin/sh", "-c", script]
    assert subprocess.check_output(shell, text=True) == environment(stack)["MYSQL_PASSWORD"]  # noqa: S603 - our own words


def test_serve_describes_its_api(url: str) -> None:
    """The page is there with everything that it loads, and no page of the API's is hidden by it."""
    page = fetch(f"{url}/docs")
    loaded = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert {f"/docs/{name}" for name in ("openapi.yaml", "swagger-ui-bundle.js", "initializer.js")} <= {*loaded}
    assert all(fetch(url + path) for path in loaded)
    assert yaml.safe_load(fetch(f"{url}/docs/openapi.yaml"))["openapi"].startswith("3.1")
    assert json.loads(fetch(f"{url}/api/events/{DEFAULT}"))["eventId"] == DEFAULT


def fetch(url: str) -> str:
    with urlopen(url, timeout=10) as response:  # noqa: S310 - our own address
        return str(response.read(), "utf-8")


def test_up_leaves_a_running_stack_alone(command: Command, stack: Stack) -> None:
    before = {name: service.pid for name, service in stack.services.items()}
    command("up")
    assert {name: service.pid for name, service in stack.services.items()} == before


def test_what_died_is_reported_and_started_again(command: Command, stack: Stack) -> None:
    dead = stack.services["mysql"]
    dead.kill()
    shown = command("status", "--json", status=1).json["services"]
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
    made = command("events", "create", event_id, "--capacity", "3", "--name", "잔치", *times, "--json").json
    assert (made["name"], made["capacity"], made["state"]) == ("잔치", 3, "OPEN")
    assert made["opensAt"] == "2026-01-01T03:00:00.000000Z"
    assert event_id in {event["eventId"] for event in command("events", "list", "--json").json}
    for word, state in (("pause", "PAUSED"), ("resume", "OPEN"), ("close", "CLOSED"), ("open", "OPEN")):
        assert command("events", word, event_id, "--json").json["state"] == state
    assert command("events", "resize", event_id, "5", "--json").json["capacity"] == 5
    shown = _settled(command, event_id)
    assert (shown["phase"], shown["issued"], shown["remaining"], shown["pending"]) == ("OPEN", 0, 5, 0)
    assert event_id in command("events", "show", event_id).stdout
    assert f"an event {event_id} exists already." in command("events", "create", event_id, status=3).stderr
    assert "no event nobody" in command("events", "show", "nobody", status=3).stderr
    assert "is not paused" in command("events", "resume", event_id, status=3).stderr
    assert "has not ended" in command("events", "forget", event_id, "3", status=3).stderr
    command("events", "close", event_id)
    assert _settled(command, event_id)["phase"] == "CLOSED"
    assert "nothing of this user" in command("events", "forget", event_id, "3", status=3).stderr
    assert "userId: " in command("events", "forget", event_id, "a b", status=2).stderr


def _settled(command: Command, event_id: str) -> Any:
    """Return an event as it is shown when its last change counts."""
    return until(lambda: (shown := command("events", "show", event_id, "--json").json)["phase"] != "PAUSED" and shown)


def test_a_rush_and_its_report(command: Command, url: str) -> None:
    event_id = f"cli-{uuid4().hex[:8]}"
    command("events", "create", event_id, "--capacity", "20")
    words = ["rush", "--event", event_id, "--attempts", "100", "--concurrency", "10", "--users", "60"]
    came = command(*words, "--json").json
    assert came["success"] == 20
    assert came["success"] + came["duplicate"] + came["limitExceeded"] == 100
    assert came["other"] == 0
    assert (came["inversions"], came["excused"]) == (0, [])
    report = command("report", event_id, "--json").json
    assert (report["capacity"], report["issued"], report["consistent"]) == (20, 20, True)
    command("events", "resize", event_id, "25")
    _settled(command, event_id)
    again = command(*words, "--seed", "2", "--rate", "500", "--url", url).stdout
    assert "The rush on" in again
    assert "Out of order" not in again
    assert "knows no event nobody" in command("rush", "--event", "nobody", status=3).stderr


def test_the_default_event_of_the_shell_is_the_one_that_is_joined(command: Command, url: str) -> None:
    answer = Api(url).ask("POST", "/api/event/join", '{"userId": 3}', {"content-type": "application/json"})
    assert (answer.status, answer.body["eventId"]) == (200, DEFAULT)
    shown = command("events", "show", DEFAULT, "--json").json
    assert (shown["capacity"], shown["issued"]) == (100, 1)


def test_the_running_api_is_shown(command: Command, url: str) -> None:
    assert command("status", "--json").json["api"] == url
    assert f"The API answers at {url}." in command("status").stdout


def test_commands_for_events_work_without_kafka(command: Command, stack: Stack) -> None:
    event_id = f"cli-{uuid4().hex[:8]}"
    with suspended(stack, "kafka"):
        command("events", "create", event_id, "--capacity", "3")
        for word in ("pause", "resume", "close", "open", "show"):
            command("events", word, event_id)
        command("events", "resize", event_id, "4")
        command("events", "list")
        command("migrate")
        command("dead-letters", "list")
        assert command("report", event_id, "--json").json["capacity"] == 4


def test_reconciling_and_rebuilding_print_camel_case(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    event_id = f"cli-{uuid4().hex[:8]}"
    command("events", "create", event_id)
    status = run(["reconcile", "--json"])
    events = json.loads(capsys.readouterr().out)
    assert status == int(any(one["lost"] for one in events)), "events of other tests may miss a seat on purpose"
    [found] = [one for one in events if one["eventId"] == event_id]
    assert (found["issued"], found["lost"], found["republished"]) == (0, 0, 0)
    rebuilt = command("rebuild", event_id, "--json").json
    assert (rebuilt["event"]["eventId"], rebuilt["fromLedger"], rebuilt["issued"]) == (event_id, 0, 0)


def test_a_port_that_is_taken_is_reported(command: Command, url: str) -> None:
    said = command("serve", "--port", url.rsplit(":", 1)[1], status=3).stderr
    assert said.count("\n") == 1
    assert "is not available" in said


def test_an_api_that_is_not_there_is_reported(command: Command, tmp_path: Path) -> None:
    said = command("rush", "--url", "http://127.0.0.1:1", "--directory", str(tmp_path), status=3).stderr
    assert said == "eventrush: Nothing answers at http://127.0.0.1:1; `eventrush serve` starts the API here.\n"
