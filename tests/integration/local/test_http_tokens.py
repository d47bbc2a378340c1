"""Tokens over real HTTP: refused before the handler and the log, and keys that come and go."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.exceptions import KeySetError, WorkersError
from local.function import Function
from local.http_api import HttpApi
from local.jwt_authorizer import read
from tests.integration.local.http_client import FUNCTION, Answer, ask, event
from tests.token_issuer import CONFIGURATION, Issuer, bad_headers, key_set
from tests.waiting import until

ISSUER = Issuer()
REFUSED = {"message": "Unauthorized"}


def with_tokens() -> Function:
    """Return the function whose events need a token; its other route is public."""
    guarded, public = FUNCTION.routes
    return replace(FUNCTION, routes=(replace(guarded, jwt=CONFIGURATION), public))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpApi]:
    directory = tmp_path_factory.mktemp("tokens")
    (directory / "jwks.json").write_text(key_set(ISSUER))
    with HttpApi(with_tokens(), workers=1, jwks=str(directory / "jwks.json"), log=directory / "log") as api:
        yield api


def ask_with(api: HttpApi, *headers: str) -> Answer:
    """Send each header of authorization by itself."""
    connection = HTTPConnection(api.url.removeprefix("http://"), timeout=10)
    connection.putrequest("GET", "/events/7")
    for header in headers:
        connection.putheader("Authorization", header)
    connection.endheaders()
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def test_a_valid_token_reaches_the_handler_as_claims(guarded: HttpApi) -> None:
    given = event(ask_with(guarded, f"Bearer {ISSUER.sign(iat=1)}"))
    claims = {"iss": "https://issuer.example", "aud": "eventrush", "sub": "3", "iat": "1"}
    authorizer = given["requestContext"]["authorizer"]
    assert authorizer["jwt"]["claims"].items() >= claims.items()
    assert authorizer["jwt"]["scopes"] is None


@pytest.mark.parametrize("what", bad_headers(ISSUER))
def test_what_is_not_one_valid_token_is_refused_and_not_logged(guarded: HttpApi, what: str) -> None:
    before = guarded.log.read_bytes()
    answer = ask_with(guarded, *bad_headers(ISSUER)[what])
    assert (answer.status, answer.json()) == (401, REFUSED)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert guarded.log.read_bytes() == before


def test_bytes_that_are_not_ascii_are_refused(guarded: HttpApi) -> None:
    assert ask_with(guarded, "Bearer \xea.\xea.\xea").status == 401


def test_a_public_route_asks_for_none(guarded: HttpApi) -> None:
    assert "authorizer" not in event(ask(guarded, "POST", "/only/post"))["requestContext"]


def test_an_api_with_an_authorizer_but_no_keys_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(WorkersError, match="EchoFunction has a JWT authorizer, whose keys are not known"):
        HttpApi(with_tokens(), log=tmp_path / "log")


class KeyServer:
    """Serves a key set, or whatever a test sets."""

    def __init__(self) -> None:
        self.status, self.document, self.asked = 200, "", 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(outer.status)
                self.send_header("location", "/elsewhere")
                self.end_headers()
                self.wfile.write(outer.document.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"
        threading.Thread(target=self.server.serve_forever, args=(0.01,)).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def key_server() -> Iterator[KeyServer]:
    server = KeyServer()
    yield server
    server.close()


def test_keys_of_a_server_are_followed(key_server: KeyServer, tmp_path: Path) -> None:
    """While it answers no keys none is accepted, and a rotation needs no restart and much less than a minute."""
    old, new = Issuer("old"), Issuer("new")
    key_server.status = 503
    with HttpApi(with_tokens(), workers=1, jwks=key_server.url, log=tmp_path / "log") as api:
        assert ask_with(api, old.sign()).status == 401
        problem = f"The keys of tokens cannot be read from {key_server.url}: status 503."
        assert api.log.read_text().count(problem) == 1
        key_server.status, key_server.document = 200, key_set(old)
        until(lambda: ask_with(api, old.sign()).status == 200)
        remembered = old.sign()
        assert ask_with(api, remembered).status == 200
        key_server.document = key_set(new)
        until(lambda: ask_with(api, new.sign()).status == 200)
        assert ask_with(api, remembered).status == 401
        key_server.close()
        ask_with(api, old.sign())  # its key is unknown now, so the keys are wanted
        until(lambda: "Connection refused" in api.log.read_text())
        began = time.monotonic()
        assert ask_with(api, new.sign()).status == 200, "keys stay usable"
        assert time.monotonic() - began < 1, "nobody waits for the key server"
        assert old.sign()[:40] not in api.log.read_text()
    key_server.server.server_close()


@pytest.mark.parametrize(("status", "problem"), [(302, "status 302"), (404, "status 404")])
def test_a_key_server_is_asked_only_where_it_is_said(key_server: KeyServer, status: int, problem: str) -> None:
    key_server.status = status
    with pytest.raises(KeySetError, match=problem):
        read(key_server.url)


def test_a_silent_key_server_is_named() -> None:
    with pytest.raises(KeySetError, match=r"cannot be read from http://127\.0\.0\.1:1/: .*refused"):
        read("http://127.0.0.1:1/")


def test_many_tokens_of_unknown_keys_ask_the_server_once(key_server: KeyServer, tmp_path: Path) -> None:
    key_server.document = key_set(ISSUER)
    with HttpApi(with_tokens(), workers=1, jwks=key_server.url, log=tmp_path / "log") as api:
        strangers = [Issuer(f"stranger-{number}").sign() for number in range(100)]
        assert {ask_with(api, token).status for token in strangers} == {401}
        until(lambda: key_server.asked >= 2)
        assert key_server.asked == 2
