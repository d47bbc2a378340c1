"""The whole application with tokens: who a user is, and commands that send each user's."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from admin.service import Admin
from cli.environment import environment, kafka_options
from cli.k6 import K6Error, find_program
from cli.running_api import noted
from cli.tokens import Signer, Trust
from local.application import application
from local.servers import Stack
from tests.e2e.conftest import Api, Command, Events, Response
from tests.token_issuer import Issuer, bad_headers, key_set
from tests.waiting import until

RUSH = ("--attempts", "300", "--users", "200", "--concurrency", "20")
LOAD = ("--vus", "10", "--duration", "1s", "--users", "200", "--pause", "0", "--capacity", "30")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def guarded(stack: Stack, api: Api, logs: Path) -> Iterator[Api]:
    """Serve the application a second time, with tokens; its note says so."""
    settings = environment(stack) | {"GATE_TIMEOUT_MS": "1000", "IDENTITY": "token"}
    options = Signer().trust.api_options
    with application(settings, logs, **options, **kafka_options(settings)) as front:
        guarded = Api(front.url)
        facts = api.ask("GET", "/api/events/default").body
        until(lambda: guarded.ask("GET", "/api/events/default").body.keys() == facts.keys())
        with noted(stack.directory, front.url, settings | {"DEFAULT_EVENT_ID": "default"}):
            yield guarded


def join(api: Api, event_id: str, body: str, *authorization: str) -> Response:
    """Join with any number of headers of authorization."""
    connection = api.connection()
    connection.putrequest("POST", f"/api/events/{event_id}/join")
    for name, value in [("content-type", "application/json"), ("content-length", str(len(body)))]:
        connection.putheader(name, value)
    for value in authorization:
        connection.putheader("authorization", value)
    connection.endheaders(body.encode())
    response = connection.getresponse()
    content = json.loads(response.read())
    connection.close()
    return Response(response.status, {name.lower(): value for name, value in response.getheaders()}, content)


def test_the_user_is_the_tokens_subject(guarded: Api, new_event: Events) -> None:
    event_id = new_event(2).event_id
    token = Signer().sign(3)
    for body in ("{}", '{"userId": "3"}'):
        assert join(guarded, event_id, body, f"Bearer {token}").body["userId"] == "3"
    another = join(guarded, event_id, '{"userId": 4}', f"Bearer {token}")
    assert (another.status, another.body["errors"][0]["field"]) == (403, "userId")

    def entry(user: int, *tokens: str) -> int:
        headers = {"authorization": tokens[0]} if tokens else {}
        return guarded.ask("GET", f"/api/events/{event_id}/entries/{user}", headers=headers).status

    assert entry(3, token) == 200
    assert entry(3, Signer().sign(4)) == 403
    assert entry(3) == 401
    facts = guarded.ask("GET", f"/api/events/{event_id}")
    assert (facts.status, facts.body["remaining"]) == (200, 1)


def test_a_bad_token_decides_nothing_and_is_not_logged(
    stack: Stack, admin: Admin, new_event: Events, tmp_path: Path
) -> None:
    """None of any kind takes a seat or leaves an entry, and no part of it is in a log."""
    event = new_event(100)
    issuer = Issuer()
    (tmp_path / "jwks.json").write_text(key_set(issuer))
    settings = environment(stack) | {"GATE_TIMEOUT_MS": "1000"}
    keys = Trust("https://issuer.example", "eventrush", str(tmp_path / "jwks.json")).api_options
    with application(settings, tmp_path / "logs", workers=1, **keys, **kafka_options(settings)) as front:
        api = Api(front.url)
        until(lambda: api.ask("GET", f"/api/events/{event.event_id}").status == 200)
        sent = bad_headers(issuer)
        for what, headers in sent.items():
            assert join(api, event.event_id, '{"userId": 3}', *headers).status == 401, what
        stranger = issuer.sign(sub="x" * 65)
        refused = join(api, event.event_id, "{}", stranger)
        assert (refused.status, refused.body["errors"][0]["field"]) == (403, "sub")
        assert admin.report(event.event_id).issued == 0
        assert join(api, event.event_id, "{}", issuer.sign()).body["seatNo"] == 1
    logged = "".join(path.read_text() for path in (tmp_path / "logs").iterdir())
    parts = {part for headers in [*sent.values(), [stranger]] for header in headers for part in header.split(".")}
    assert not [part for part in parts if len(part) > 10 and part in logged]


@pytest.mark.usefixtures("guarded")
def test_a_rush_sends_tokens_where_the_api_wants_them(new_event: Events, command: Command) -> None:
    event_id = new_event(50).event_id
    printed = command("rush", "--event", event_id, *RUSH, "--json").json
    assert (printed["success"], printed["other"], printed["inversions"]) == (50, 0, 0)
    refused = command("rush", "--event", event_id, *RUSH, "--identity", "body", "--json", status=1).json
    assert refused["unexpected"] == {"HTTP 401": 300}


@pytest.mark.usefixtures("guarded")
def test_k6_sends_tokens_where_the_api_wants_them(command: Command) -> None:
    try:
        find_program()
    except K6Error as error:
        pytest.skip(str(error))
    printed = command("k6", *LOAD, "--json").json
    assert (printed["success"], printed["rows"], printed["other"], printed["judged"]) == (30, 30, 0, True)
