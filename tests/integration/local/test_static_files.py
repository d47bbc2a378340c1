"""Static files beside an API's routes."""

import dataclasses
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from local.exceptions import WorkersError
from local.function import Route
from local.http_api import HttpApi
from tests.integration.local.http_client import FUNCTION, Answer, ask, event


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("static")
    web = base / "web"
    (web / "parts").mkdir(parents=True)
    (base / "secret.txt").write_text("secret")
    (web / ".hidden.txt").write_text("hidden")
    (web / "index.html").write_text("<p>참여</p>", "utf-8")
    (web / "event.html").write_text("<p>event</p>")
    (web / "parts" / "join me.js").write_text("join();")
    (web / "data.bin").write_bytes(b"\x00\xff")
    return web


@pytest.fixture(scope="module")
def site(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpApi]:
    """Serve the files before the `$default` route of a function, and a page for any event."""
    log = tmp_path_factory.mktemp("http-api") / "log"
    function = dataclasses.replace(FUNCTION, routes=(*FUNCTION.routes, Route("ANY", None)))
    static = {"/": directory, "/e/{id}": directory / "event.html", "/events/7": directory / "event.html"}
    with HttpApi(function, workers=1, static=static, log=log) as api:
        yield api


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/", "text/html; charset=utf-8", "<p>참여</p>".encode()),
        ("/index.html?x=1", "text/html; charset=utf-8", "<p>참여</p>".encode()),
        ("/e/spring", "text/html; charset=utf-8", b"<p>event</p>"),
        ("/parts/join%20me.js", "text/javascript; charset=utf-8", b"join();"),
        ("/data.bin", "application/octet-stream", b"\x00\xff"),
    ],
)
def test_a_file_is_served_with_its_type(site: HttpApi, path: str, content_type: str, body: bytes) -> None:
    got = ask(site, "GET", path)
    assert (got.status, got.headers["content-type"], got.body) == (200, content_type, body)
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in got.headers["content-security-policy"]
    head = ask(site, "HEAD", path)
    assert (head.status, head.headers["content-type"], head.body) == (200, content_type, b"")
    assert int(head.headers["content-length"]) == len(body)


def test_a_file_can_only_be_read(site: HttpApi) -> None:
    got = ask(site, "POST", "/", b"{}")
    assert (got.status, got.headers["allow"]) == (405, "GET, HEAD")


def test_a_route_comes_before_a_file(site: HttpApi) -> None:
    assert event(ask(site, "GET", "/events/7"))["routeKey"] == "ANY /events/{id}"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/parts/../../secret.txt",
        "/..%2fsecret.txt",
        "/parts/%00",
        "//secret.txt",
        "/.hidden.txt",
        "/parts",
        "/parts/",
        "/e/",
        "/e/a/b",
    ],
)
def test_any_other_path_is_the_functions(site: HttpApi, path: str) -> None:
    connection = HTTPConnection(site.url.removeprefix("http://"), timeout=10)
    connection.putrequest("GET", path)  # as it is
    connection.endheaders()
    assert event(Answer(connection.getresponse()))["routeKey"] == "$default"
    connection.close()


def test_a_file_is_read_once(site: HttpApi, directory: Path) -> None:
    before = ask(site, "GET", "/event.html").body
    (directory / "event.html").write_text("another")
    (directory / "late.html").write_text("late")
    assert ask(site, "GET", "/event.html").body == before
    assert event(ask(site, "GET", "/late.html"))["routeKey"] == "$default"


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
def test_a_missing_file_is_named_before_a_worker_starts(path: str, tmp_path: Path) -> None:
    with pytest.raises(WorkersError, match=f"There is no {tmp_path}/none, which is to be served at {path}"):
        HttpApi(FUNCTION, static={path: tmp_path / "none"}, log=tmp_path / "log")
