"""`eventrush k6`: every run has an event of its own and ends with the judge's verdict, where the servers are known."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin.service import Admin
from cli.environment import environment
from cli.k6 import K6Error, run_script
from cli.options import ROOT
from cli.running_api import noted
from local.servers import Stack
from tests.e2e.conftest import Api, Command, Events

PROGRAM = shutil.which("k6", path=f"{ROOT / '.local' / 'bin'}:{os.environ['PATH']}")
SETTINGS = ("--vus", "20", "--duration", "1s", "--users", "200", "--pause", "0", "--capacity", "30")

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="k6 is not installed; `local/setup.sh k6` builds it")


@pytest.fixture
def noted_api(stack: Stack, api: Api) -> Iterator[Api]:
    """Note the running API with the stack."""
    with noted(stack.directory, api.url, environment(stack) | {"DEFAULT_EVENT_ID": "default"}):
        yield api


@pytest.mark.usefixtures("noted_api")
def test_a_second_run_is_not_sold_out_from_the_start(command: Command) -> None:
    runs = [command("k6", *SETTINGS, "--json").json for _ in range(2)]
    assert len({run["eventId"] for run in runs}) == 2
    for run in runs:
        assert run["judged"] is True
        assert {run[name] for name in ("capacity", "success", "rows", "distinctUsers", "maxSeat")} == {30}
        assert {run[name] for name in ("lost", "oversold", "doubled", "falseDuplicates", "other")} == {0}
        assert run["requests"] == run["success"] + run["duplicate"] + run["limitExceeded"]
    again = command("k6", *SETTINGS, "--event", runs[0]["eventId"]).stdout
    assert "Every promise kept" in again, "winners of an earlier run are not false duplicates"


@pytest.mark.usefixtures("noted_api")
def test_replies_that_differ_from_the_rows_are_found(command: Command, admin: Admin) -> None:
    event_id = command("k6", *SETTINGS, "--json").json["eventId"]
    with admin.ledger.database.transaction() as cursor:
        cursor.execute("DELETE FROM event_join WHERE event_id = %s", (event_id,))
    found = command("k6", *SETTINGS, "--event", event_id, "--json", status=1).json
    assert found["falseDuplicates"] > 0
    assert "Inconsistent" in command("k6", *SETTINGS, "--event", event_id, status=1).stdout


def test_an_api_whose_servers_are_unknown_is_loaded_and_not_judged(
    api: Api, new_event: Events, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = ("--url", api.url, "--directory", str(tmp_path), "--event", new_event(30).event_id)
    printed = command("k6", *SETTINGS, *elsewhere).stdout
    assert f"Nothing was judged: the servers behind {api.url} are not known here." in printed
    monkeypatch.setenv("P99_MS", "1")
    assert "Broken: http_req_duration p(99)<1." in command("k6", *SETTINGS, *elsewhere, status=1).stdout


def test_what_k6_cannot_do_is_reported(command: Command, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:1"
    printed = command("k6", "--url", nowhere, "--directory", str(tmp_path), status=3).stderr
    assert printed == f"eventrush: Nothing answers at {nowhere}; `eventrush serve` starts the API here.\n"
    assert PROGRAM is not None
    with pytest.raises(K6Error, match="Nothing answers at"):
        run_script(PROGRAM, {"API_URL": nowhere})
