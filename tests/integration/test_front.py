"""The API front over real HTTP: events in, responses out, one invocation at a time, workers that come and go."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import psutil
import pytest

from local.errors import WorkersError
from local.front import Front
from local.function import Function, Route
from tests.waiting import until

FUNCTION = Function(
    "EchoFunction",
    "tests.handlers.echo.lambda_handler",
    timeout_s=10,
    memory_mb=256,
    routes=(Route("ANY", "/events/{id}"), Route("POST", "/only/post")),
)


class Answer:
    """A response read to its end."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.msg
        self.body = response.read()

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    front: Front, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    connection = HTTPConnection(front.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    log = tmp_path_factory.mktemp("front") / "front.log"
    with Front(FUNCTION, settings={"ECHO_SETTING": "from the stack"}, workers=2, log=log) as front:
        yield front


@pytest.fixture
def own_front(tmp_path: Path) -> Iterator[Front]:
    """Start a front whose workers the test may kill."""
    with Front(FUNCTION, workers=2, log=tmp_path / "front.log") as front:
        yield front


def event(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    told: dict[str, Any] = answer.json()["event"]
    return told


def test_the_handler_gets_its_event_its_context_and_its_settings(front: Front) -> None:
    answer = ask(front, "POST", "/events/7?a=1&a=2", b'{"x": 1}', {"content-type": "application/json", "X-Some": "y"})
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
def test_methods(front: Front, method: str) -> None:
    assert event(ask(front, method, "/events/7"))["requestContext"]["http"]["method"] == method


def test_a_head_has_headers_only(front: Front) -> None:
    answer = ask(front, "HEAD", "/events/7")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_an_encoded_slash_stays_in_its_parameter(front: Front) -> None:
    given = event(ask(front, "GET", "/events/a%2Fb%20c"))
    assert given["rawPath"] == "/events/a%2Fb%20c"
    assert given["pathParameters"] == {"id": "a/b c"}


def test_a_unicode_path(front: Front) -> None:
    given = event(ask(front, "GET", "/events/%EC%95%88%EB%85%95"))
    assert given["pathParameters"] == {"id": "안녕"}
    assert given["rawPath"] == "/events/%EC%95%88%EB%85%95"


def test_repeated_headers_are_joined_and_cookies_apart(front: Front) -> None:
    connection = HTTPConnection(front.url.removeprefix("http://"), timeout=10)
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
def test_a_body_arrives_as_it_was_sent(front: Front, body: bytes) -> None:
    if not body:
        assert "body" not in event(ask(front, "POST", "/events/7", body, {"content-type": "application/json"}))
        return
    answer = ask(front, "POST", "/events/7?do=binary", body, {"content-type": "application/json"})
    assert answer.body == body


def test_a_chunked_body(front: Front) -> None:
    connection = HTTPConnection(front.url.removeprefix("http://"), timeout=10)
    connection.request("POST", "/events/7?do=binary", iter([b"a" * 70_000, b"b"]), encode_chunked=True)
    assert Answer(connection.getresponse()).body == b"a" * 70_000 + b"b"
    connection.close()


def test_a_body_over_the_limit_is_refused(front: Front) -> None:
    answer = ask(front, "POST", "/events/7", b"x" * 10_000_001)
    assert (answer.status, answer.json()) == (413, {"message": "Request Entity Too Large"})


def test_what_no_route_takes_is_not_found(front: Front) -> None:
    for method, path in [("GET", "/"), ("GET", "/only/post"), ("GET", "/events/7/8")]:
        answer = ask(front, method, path)
        assert (answer.status, answer.json()) == (404, {"message": "Not Found"})
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("do", ["raise", "bad", "nothing_of_that_name"])
def test_a_handler_that_fails_says_nothing_to_the_client(front: Front, do: str) -> None:
    answer = ask(front, "GET", f"/events/7?do={do}")
    assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})


def test_a_traceback_is_in_the_log(front: Front) -> None:
    ask(front, "GET", "/events/7?do=raise")
    assert "ValueError: the secret is 42" in front.log.read_text()


def test_cookies_and_headers_go_out(front: Front) -> None:
    answer = ask(front, "GET", "/events/7?do=cookies")
    assert answer.headers.get_all("set-cookie") == ["a=1; Secure", "b=2"]
    assert answer.headers["x-status"] == "fine"
    assert answer.headers["content-type"] == "text/plain;charset=UTF-8"


def test_each_worker_does_one_invocation_at_a_time(front: Front) -> None:
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda _: ask(front, "GET", "/events/7?do=slow").json(), range(64)))
    assert {one["inside"] for one in told} == {1}
    told.sort(key=itemgetter("pid", "started"))
    assert {one["pid"] for one in told} <= set(front.pids)
    for _, invocations in groupby(told, key=itemgetter("pid")):
        for before, after in pairwise(invocations):
            assert before["ended"] <= after["started"]


def test_a_killed_worker_is_replaced_and_the_rest_serve_on(own_front: Front) -> None:
    def served_by_a_fresh_one(before: list[int]) -> bool:
        try:
            served = ask(own_front, "GET", "/events/7").json()["pid"]
        except OSError:  # it fell to the one that was just killed
            return False
        return served not in before and served in own_front.pids

    for _ in range(2):
        before = own_front.pids
        os.kill(before[0], signal.SIGKILL)
        until(partial(served_by_a_fresh_one, before))
        assert len(own_front.pids) == 2


def test_a_stop_lets_a_request_finish_and_leaves_nothing(own_front: Front) -> None:
    family = [*own_front.pids, own_front.supervisor_pid]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, own_front, "GET", "/events/7?do=long")
        until(lambda: any(len(psutil.Process(pid).net_connections()) > 1 for pid in own_front.pids))
        own_front.stop()
        assert asked.result().body == b"done"
    assert not [pid for pid in family if psutil.pid_exists(pid)]
    with pytest.raises(ConnectionRefusedError):
        ask(own_front, "GET", "/events/7")


def test_workers_end_with_a_killed_parent(own_front: Front) -> None:
    family = own_front.pids
    os.kill(own_front.supervisor_pid, signal.SIGKILL)
    until(lambda: not [pid for pid in family if psutil.pid_exists(pid)])


def test_a_worker_is_small(front: Front) -> None:
    ask(front, "POST", "/events/7", b"x" * 2**20)
    for pid in front.pids:
        assert psutil.Process(pid).memory_info().rss < 120 * 2**20


def test_a_port_in_use_is_told_in_a_sentence(front: Front, tmp_path: Path) -> None:
    port = int(front.url.rsplit(":", 1)[1])
    with pytest.raises(WorkersError, match=rf"^Port {port} on 127\.0\.0\.1 cannot be had: Address already in use\.$"):
        Front(FUNCTION, port=port, log=tmp_path / "log")
    with socket.create_server(("127.0.0.1", 0)) as stranger, pytest.raises(WorkersError, match="cannot be had"):
        Front(FUNCTION, port=stranger.getsockname()[1], log=tmp_path / "log")


def test_a_handler_that_cannot_be_imported_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkersError, match="ModuleNotFoundError: No module named 'nowhere'"):
        Front(Function("F", "nowhere.handler"), log=tmp_path / "log")
