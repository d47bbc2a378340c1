"""The HTTP API over real HTTP: events in, responses out."""

import json
import socket
from functools import partial
from http.client import HTTPConnection

import pytest

from local.http_api import HttpApi
from tests.integration.local.http_client import Answer, ask, event
from tests.waiting import until


def test_the_handler_gets_its_event_its_context_and_its_settings(api: HttpApi) -> None:
    answer = ask(api, "POST", "/events/7?a=1&a=2", b'{"x": 1}', {"content-type": "application/json", "X-Some": "y"})
    given = event(answer)
    assert given["routeKey"] == "ANY /events/{id}"
    assert given["pathParameters"] == {"id": "7"}
    assert given["queryStringParameters"] == {"a": "1,2"}
    assert given["headers"]["x-some"] == "y"
    assert given["body"] == '{"x": 1}'
    assert given["requestContext"]["http"]["sourceIp"] == "127.0.0.1"
    told = answer.json()
    assert (told["function"], told["memory"], told["setting"]) == ("EchoFunction", 256, "from the stack")
    assert 9000 < told["remaining_ms"] <= 10_000
    assert len(told["request_id"]) == 36


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods(api: HttpApi, method: str) -> None:
    assert event(ask(api, method, "/events/7"))["requestContext"]["http"]["method"] == method


def test_a_head_has_headers_only(api: HttpApi) -> None:
    answer = ask(api, "HEAD", "/events/7")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_an_encoded_slash_stays_in_its_parameter(api: HttpApi) -> None:
    given = event(ask(api, "GET", "/events/a%2Fb%20c"))
    assert given["rawPath"] == "/events/a%2Fb%20c"
    assert given["pathParameters"] == {"id": "a/b c"}


def test_a_unicode_path(api: HttpApi) -> None:
    given = event(ask(api, "GET", "/events/%EC%95%88%EB%85%95"))
    assert given["pathParameters"] == {"id": "안녕"}
    assert given["rawPath"] == "/events/%EC%95%88%EB%85%95"


def test_repeated_headers_are_joined_and_cookies_apart(api: HttpApi) -> None:
    connection = HTTPConnection(api.url.removeprefix("http://"), timeout=10)
    connection.putrequest("GET", "/events/7")
    for name, value in [("X-Twice", "1"), ("X-Twice", "2"), ("Cookie", "a=1; b=2")]:
        connection.putheader(name, value)
    connection.endheaders()
    given = event(Answer(connection.getresponse()))
    connection.close()
    assert given["headers"]["x-twice"] == "1,2"
    assert given["cookies"] == ["a=1", "b=2"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"\xff\xfe\x00", bytes(range(256)), b"x" * 2**20, "안녕".encode()],
    ids=["empty", "json", "invalid", "binary", "large", "unicode"],
)
def test_a_body_arrives_as_it_was_sent(api: HttpApi, body: bytes) -> None:
    if not body:
        assert "body" not in event(ask(api, "POST", "/events/7", body, {"content-type": "application/json"}))
        return
    answer = ask(api, "POST", "/events/7?do=binary", body, {"content-type": "application/json"})
    assert answer.body == body


def test_a_chunked_body(api: HttpApi) -> None:
    connection = HTTPConnection(api.url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/events/7?do=binary", iter([b"a" * 70_000, b"b"]), encode_chunked=True)
    assert Answer(connection.getresponse()).body == b"a" * 70_000 + b"b"
    connection.close()


def test_a_body_over_the_limit_is_refused(api: HttpApi) -> None:
    answer = ask(api, "POST", "/events/7", b"x" * 10_000_001)
    assert (answer.status, answer.json()) == (413, {"message": "Request Entity Too Large"})


def test_what_no_route_takes_is_not_found(api: HttpApi) -> None:
    for method, path in [("GET", "/"), ("GET", "/only/post"), ("GET", "/events/7/8")]:
        answer = ask(api, method, path)
        assert (answer.status, answer.json()) == (404, {"message": "Not Found"})
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("do", ["raise", "bad", "nothing_of_that_name"])
def test_a_handler_that_fails_says_nothing_to_the_client(api: HttpApi, do: str) -> None:
    answer = ask(api, "GET", f"/events/7?do={do}")
    assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_traceback_is_in_the_log(api: HttpApi) -> None:
    ask(api, "GET", "/events/7?do=raise")
    assert "ValueError: the secret is 42" in api.log.read_text()


def test_an_exit_in_a_handler_is_a_failure(api: HttpApi) -> None:
    before = api.pids
    assert ask(api, "GET", "/events/7?do=exit").status == 500
    until(lambda: "SystemExit: the secret is 43" in api.log.read_text())
    assert api.pids == before


def test_cookies_and_headers_go_out(api: HttpApi) -> None:
    answer = ask(api, "GET", "/events/7?do=cookies")
    assert answer.headers.get_all("set-cookie") == ["a=1; Secure", "b=2"]
    assert answer.headers["x-status"] == "fine"
    assert answer.headers["content-length"] == "2"
    assert answer.headers["content-type"] == "text/plain;charset=UTF-8"


def test_bytes_that_are_not_ascii_arrive(api: HttpApi) -> None:
    """A header with a name is there whatever its value: a handler that refuses a value must see it."""
    with socket.create_connection(("127.0.0.1", int(api.url.rsplit(":", 1)[1])), timeout=10) as connection:
        connection.sendall(b"GET /events/\xea\xb0\x80 HTTP/1.1\r\nhost: x\r\nx-some: \xea\r\nconnection: close\r\n\r\n")
        head, _, body = b"".join(iter(partial(connection.recv, 65536), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    given = json.loads(body)["event"]
    assert given["headers"]["x-some"] == "\xea"
    assert given["rawPath"] == "/events/\xea\xb0\x80"


def test_a_slow_body_delays_nobody_else(api: HttpApi) -> None:
    """More requests whose bodies are incomplete than there are workers, and another one gets its response."""
    slow = [HTTPConnection(api.url.removeprefix("http://"), timeout=10) for _ in range(2 * len(api.pids))]
    for connection in slow:
        connection.putrequest("POST", "/events/7?do=binary")
        connection.putheader("content-length", "2")
        connection.endheaders(b"a")
    assert event(ask(api, "POST", "/events/7", b"x"))["body"] == "x"
    for connection in slow:
        connection.send(b"b")
        assert Answer(connection.getresponse()).body == b"ab"
        connection.close()


def test_a_client_that_leaves_early_is_dropped(api: HttpApi) -> None:
    """Its incomplete body never reaches the handler, and the worker serves on."""
    for _ in range(8):
        with socket.create_connection(("127.0.0.1", int(api.url.rsplit(":", 1)[1])), timeout=10) as connection:
            connection.sendall(b"POST /events/7?do=left HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na")
    for _ in range(8):
        assert ask(api, "GET", "/events/7").status == 200
    assert "_left" not in api.log.read_text()
