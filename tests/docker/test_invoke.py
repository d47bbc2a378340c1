"""`sam local invoke`, without options, of each sample event's function."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admin.service import Admin
from cli.contract import STATUSES
from tests.docker.terminal import Terminal
from tests.samples import EVENTS, sample

pytestmark = pytest.mark.docker

WINNER = sample("join-winner")["requestContext"]["requestId"]

Invoke = Callable[[str, str], Any]

# JoinFunction's response: status, and the result or the field that the problem names.
JOINS = {
    "join-winner": (200, "SUCCESS"),
    "join-event": (200, "SUCCESS"),
    "join-duplicate": (409, "DUPLICATE"),
    "join-base64": (409, "DUPLICATE"),
    "join-english": (409, "DUPLICATE"),
    "join-idempotent": (409, "DUPLICATE"),
    "join-malformed": (400, "body"),
    "join-invalid-user": (422, "userId"),
    "get-event": (200, "default"),
    "get-entry": (200, "3"),
    "wrong-method": (405, "method"),
    "wrong-path": (404, "path"),
}
# The same, as it is deployed for tokens.
WITH_TOKENS = {
    "join-token": (409, "DUPLICATE"),
    "get-entry-token": (200, "3"),
    "join-winner": (401, "Authorization"),
    "get-entry": (401, "Authorization"),
}
TOKENS = '--parameter-overrides "Architecture=x86_64 Identity=token"'
# What PersistFunction adds to the ledger: users with a row, and dead letters by partition and offset.
PERSISTS = {
    "persist-one": ({"6"}, set[str]()),
    "persist-batch": ({"1", "2", "3", "4", "5"}, {"1:8"}),
    "persist-poison": (set[str](), {f"2:{offset}" for offset in range(20, 27)}),
}
OTHERS = ("admin-create", "admin-report", "reconcile-schedule")


@pytest.fixture(scope="module")
def invoke(terminal: Terminal, compose: dict[str, str], built: Path) -> Invoke:
    assert compose
    assert built.exists()
    return lambda function, name: json.loads(terminal.run(f"sam local invoke {function} -e events/{name}.json"))


@pytest.fixture(scope="module")
def created(invoke: Invoke) -> Any:
    return invoke("AdminFunction", "admin-create")


@pytest.fixture(scope="module")
def _third_user_in(created: Any, admin: Admin) -> None:
    """Give user 3 a seat with the attempt of join-winner.json, so that the order of the tests does not matter."""
    assert created["ok"]
    admin.gate.claim("default", "3", WINNER)


def test_every_sample_event_is_tested() -> None:
    assert {path.stem for path in EVENTS.glob("*.json")} == {*JOINS, *WITH_TOKENS, *PERSISTS, *OTHERS}


def test_an_event_is_created(created: Any, admin: Admin) -> None:
    assert created["ok"]
    assert admin.show("default").event.capacity == 100


@pytest.mark.usefixtures("_third_user_in")
@pytest.mark.parametrize("name", JOINS)
def test_join(invoke: Invoke, name: str) -> None:
    _check_join(invoke("JoinFunction", name), *JOINS[name])


@pytest.mark.usefixtures("_third_user_in")
@pytest.mark.parametrize("name", WITH_TOKENS)
def test_join_with_tokens(invoke: Invoke, name: str) -> None:
    _check_join(invoke(f"JoinFunction {TOKENS}", name), *WITH_TOKENS[name])


def _check_join(answer: Any, status: int, expected: str) -> None:
    body = json.loads(answer["body"])
    # If Kafka is slow, a winner gets 202 instead of 200.
    assert answer["statusCode"] in (STATUSES["SUCCESS"] if expected == "SUCCESS" else {status}), body
    named = body["errors"][0]["field"] if "errors" in body else None
    assert expected in {named, body.get("result"), body.get("eventId"), body.get("userId")}


@pytest.mark.usefixtures("_third_user_in")
def test_an_event_is_reported_on(invoke: Invoke) -> None:
    response = invoke("AdminFunction", "admin-report")
    assert (response["ok"], response["result"]["capacity"]) == (True, 100)


@pytest.mark.usefixtures("_third_user_in")
@pytest.mark.parametrize("name", PERSISTS)
def test_persist(invoke: Invoke, admin: Admin, name: str) -> None:
    users, letters = PERSISTS[name]
    assert invoke("PersistFunction", name) is None
    assert users <= {entry.user_id for page in admin.ledger.seats.entries("default") for entry in page}
    dead = admin.ledger.dead_letters.list(event_id=None, state=None, limit=100)
    assert letters <= {f"{letter.position.partition}:{letter.position.offset}" for letter in dead}


@pytest.mark.usefixtures("_third_user_in")
def test_reconcile(invoke: Invoke) -> None:
    assert invoke("ReconcileFunction", "reconcile-schedule")["audited"] >= 1
