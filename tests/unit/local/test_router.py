"""Routes are chosen as an HTTP API chooses them."""

import pytest

from local.function import Route
from local.http_api import Router

ROUTER = Router(
    [
        Route("ANY", "/{all+}"),
        Route("GET", "/events/{id}"),
        Route("GET", "/events/special"),
        Route("ANY", "/events/{id}/join"),
        Route("POST", "/events/{id}/join"),
        Route("GET", "/events/{id}/files/{rest+}"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/events/special", "GET /events/special", {}),
        ("GET", "/events/7", "GET /events/{id}", {"id": "7"}),
        ("GET", "/events/a%2Fb%20c", "GET /events/{id}", {"id": "a/b c"}),
        ("GET", "/events/%EC%95%88", "GET /events/{id}", {"id": "안"}),
        ("POST", "/events/7/join", "POST /events/{id}/join", {"id": "7"}),
        ("PUT", "/events/7/join", "ANY /events/{id}/join", {"id": "7"}),
        ("GET", "/events/7/files/x/y", "GET /events/{id}/files/{rest+}", {"id": "7", "rest": "x/y"}),
        ("POST", "/events/7", "ANY /{all+}", {"all": "events/7"}),
        ("GET", "/events/7/", "ANY /{all+}", {"all": "events/7/"}),
        ("GET", "/events//join", "ANY /{all+}", {"all": "events//join"}),
    ],
)
def test_match(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    assert ROUTER.match(method, path) == (key, parameters)


def test_default_takes_the_rest_and_nothing_takes_it_where_there_is_none() -> None:
    routes = [Route("GET", "/a")]
    assert Router(routes).match("POST", "/a") is None
    assert Router([*routes, Route("ANY", None)]).match("POST", "/a") == ("$default", {})
