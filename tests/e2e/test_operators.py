"""Operators' commands give the same answers on this machine and on AWS, where the admin function is invoked."""

import getpass
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from admin import dependencies, handler
from admin.service import Admin
from cli.environment import environment
from cli.main import run
from local.servers import Stack
from persist.service import persist
from tests.aws import STACK, deployed
from tests.deliveries import an_entry, record_of
from tests.e2e.conftest import Api, Command
from tests.fakes.gate import FakeGate
from tests.waiting import until

ROWS = 12_000  # three pages
type Told = tuple[int, str, str]  # exit status, stdout, stderr


@pytest.fixture(scope="module")
def on_aws(stack: Stack, api: Api) -> Iterator[None]:
    """Let AWS have a stack whose functions work on the servers of this run."""
    deps = dependencies.connect(environment(stack))
    with deployed(lambda event: handler.handle(event, deps), api.url):
        yield


# Exit status and command.
COMMANDS = """
0 events create EVENT --capacity 3 --name 봄 --opens 2026-01-01T12:00:00+09:00 --json
3 events create EVENT
0 events show EVENT --json
3 events resume EVENT
0 events pause EVENT --json
0 events resume EVENT --json
0 events resize EVENT 5 --json
0 events resize EVENT 4
0 events schedule EVENT --closes 2099-12-31T00:00:00Z --json
0 events schedule EVENT --opens 2099-12-30T00:00:00+09:00
3 events schedule EVENT --opens 2100-01-01T00:00:00Z
3 events schedule EVENT --closes 2026-01-01T00:00:00Z
3 events schedule EVENT --opens 2026-01-01T00:00:00Z
0 events schedule EVENT --closes never
2 events schedule EVENT --opens 2026-01-01T00:00:00
0 events rename EVENT 가을
0 events close EVENT
0 events open EVENT --json
0 events export EVENT
0 events export EVENT --format ndjson --output OUT
0 events log EVENT --json
0 events log EVENT --limit 2 --json
3 events log no-such-event
0 report EVENT --json
0 rebuild EVENT --json
3 rebuild no-such-event
0 dead-letters list --event EVENT --json
0 dead-letters show LETTER
0 dead-letters discard LETTER --reason test
3 dead-letters redrive nowhere:0:0
3 events show no-such-event
2 events show Nope
2 events nonsense
0 migrate
"""


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> Told:
    capsys.readouterr()
    status = run(words)
    return (status, *capsys.readouterr())


def test_the_same_commands_give_the_same_answers(
    on_aws: None,  # noqa: ARG001
    command: Command,  # noqa: ARG001 it names the stack's directory
    admin: Admin,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers: dict[str, list[tuple[str, Told]]] = {}
    for where, first in (("here", []), ("aws", ["--stack-name", STACK])):
        event_id = f"op-{uuid4().hex[:8]}"
        beyond, first_seat = record_of(an_entry(event_id, 9, "w")), record_of(an_entry(event_id, 1, "a"))
        names = {"EVENT": event_id, "OUT": str(tmp_path / "out.ndjson"), "LETTER": str(beyond.position)}
        answers[where] = []
        for line in COMMANDS.strip().splitlines():
            _, *words = (names.get(word, word) for word in line.split())
            if "resize" in words:
                persist(FakeGate(), admin.ledger.batch, [beyond, first_seat])
            if "report" in words:  # what it says of an event depends on whether the last change counts
                until(lambda event_id=event_id: not admin.show(event_id).facts.changing)  # type: ignore[misc, union-attr]
            answers[where].append((line, _without_names(told([*first, *words], capsys), names)))
    for here, aws in zip(answers["here"], answers["aws"], strict=True):
        assert aws == here
    assert [(f"{status} {line[2:]}") for line, (status, _, _) in answers["here"]] == COMMANDS.strip().splitlines()


def _without_names(answer: Told, names: dict[str, str]) -> Told:
    """Replace what differs of two events, times of the log and who gave the command."""
    status, *texts = answer
    for name, value in names.items():
        texts = [text.replace(value, name) for text in texts]
    texts = [re.sub(r"\b20(2[67])-[\d-]+T[\d:.]+Z", "TIME", text) for text in texts]
    texts = [re.sub(r'"operator": "[^"]+"', '"operator": "…"', text) for text in texts]
    # A table is as wide as what it holds.
    words = [" ".join(re.sub(r"[─━┏┓┗┛┡┩│┃└┘┴┬┼╇┳┻├┤]+", " ", text).split()) for text in texts]
    words = [re.sub(r'offset("?:?) [\d,]+', r"offset\1 …", text) for text in words]
    return status, words[0], words[1]


def test_who_changed_an_event_is_known(on_aws: None, command: Command) -> None:  # noqa: ARG001
    event_id = f"op-{uuid4().hex[:8]}"
    command("events", "create", event_id)
    command("--stack-name", STACK, "events", "pause", event_id)
    pause, create = command("events", "log", event_id, "--json").json
    assert pause["operator"].startswith("arn:aws:")
    assert create["operator"] == getpass.getuser()
    assert pause["details"] == {"state": ["OPEN", "PAUSED"]}


def test_a_rush_on_aws_has_an_event_of_its_own_and_closes_it(
    on_aws: None,  # noqa: ARG001
    command: Command,
) -> None:
    words = ["--stack-name", STACK, "rush", "--attempts", "200", "--concurrency", "20", "--users", "150"]
    refused = command(*words, status=2)
    assert "--yes is required where nobody can be asked" in refused.stderr
    came = command(*words, "--yes", "--json").json
    assert came["eventId"].startswith("rush-")
    assert (came["success"], came["rows"], came["other"]) == (20, 20, 0)
    assert came["success"] + came["duplicate"] + came["limitExceeded"] == 200
    assert (came["lost"], came["oversold"], came["doubled"], came["inversions"]) == (0, 0, 0, 0)
    assert command("events", "show", came["eventId"], "--json").json["state"] == "CLOSED"
    too_many = command("--stack-name", STACK, "rush", "--attempts", "20001", "--yes", status=2).stderr
    assert "at most --attempts 20000" in too_many


def test_the_state_of_a_stack(on_aws: None, command: Command) -> None:  # noqa: ARG001
    shown = command("--stack-name", STACK, "status", "--json").json
    assert (shown["stack"], shown["region"], shown["state"]) == (STACK, "eu-central-1", "CREATE_COMPLETE")
    assert (shown["version"], shown["warmEnvironments"], shown["alarms"]) == ("7", {"wanted": 2, "ready": 1}, [])
    here = command("status", "--json").json["waiting"]
    assert shown["waiting"].keys() == here.keys() == {"lag", "pending", "parked", "dead"}
    assert all(isinstance(count, int) for count in here.values())


def test_a_stack_in_another_region_is_not_found(on_aws: None, command: Command) -> None:  # noqa: ARG001
    said = command("--stack-name", STACK, "--region", "us-east-1", "events", "list", status=3).stderr
    assert said.count("\n") == 1
    assert f"no stack {STACK} in us-east-1" in said


KILLED = """
import os, signal
from cli import main
from cli.admin_client import AdminClient
invoke = AdminClient.invoke
def dies(self, event):
    if event["command"] == "export" and event["after"] >= 5000:
        os.kill(os.getpid(), signal.SIGKILL)
    return invoke(self, event)
AdminClient.invoke = dies
main.main()
"""


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_an_export_that_was_killed_continues(
    form: str, command: Command, admin: Admin, stack: Stack, tmp_path: Path
) -> None:
    event_id = f"op-{uuid4().hex[:8]}"
    command("events", "create", event_id, "--capacity", str(ROWS * 2))
    seats = range(1, 2 * ROWS, 2)
    with admin.ledger.database.transaction() as cursor:
        cursor.executemany(
            "INSERT INTO event_join (event_id, seat_no, user_id, request_time, attempt_id, epoch)"
            " VALUES (%s, %s, %s, '2026-12-01 12:00:00', 'a', 1)",
            [(event_id, seat, f'"{seat:062d}"') for seat in seats],
        )
    path = tmp_path / f"out.{form}"
    words = ["events", "export", event_id, "--format", form, "--output", str(path)]
    environ = os.environ | {"EVENTRUSH_DIRECTORY": str(stack.directory)}
    killed = subprocess.run([sys.executable, "-c", KILLED, *words], env=environ, check=False)  # noqa: S603 - ourselves
    assert killed.returncode == -signal.SIGKILL
    assert not path.exists()
    assert path.with_name(f"{path.name}.part").stat().st_size > 0
    assert "12,000 entries are in" in command(*words).stdout
    lines = path.read_text().splitlines()
    if form == "csv":
        found = [int(line.split(",")[1]) for line in lines[1:]]
    else:
        found = [json.loads(line)["seatNo"] for line in lines]
    assert found == list(seats)
    page = handler.handle({"command": "export", "eventId": event_id}, dependencies.connect(environment(stack)))
    assert len(json.dumps(page)) < 6_000_000 / 4, "Lambda returns 6 MB at most"


def test_an_opening_is_moved_to_now(command: Command, api: Api) -> None:
    event_id = f"op-{uuid4().hex[:8]}"
    command("events", "create", event_id, "--opens", "2099-01-01T00:00:00Z")
    assert api.join(event_id, 1).body["result"] == "NOT_OPEN"
    set_to = command("events", "schedule", event_id, "--opens", "now", "--json").json
    assert set_to["opensAt"] is not None, "the opening is the end of the wait"
    assert api.join(event_id, 2).body["result"] in {"PAUSED", "NOT_OPEN"}
    won = until(lambda: (answer := api.join(event_id, 3)).status in {200, 202} and answer)
    assert won.body["requestTime"] >= set_to["opensAt"]
