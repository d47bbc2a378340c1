"""The sample events of `events/`, read and varied."""

import base64
import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from local import template
from local.http_api import Router

EVENTS = Path(__file__).parents[1] / "events"


def sample(name: str) -> dict[str, Any]:
    """Return a sample event."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
    return event


def join_event(
    body: str | bytes | None = '{"userId": 3}',
    *,
    event_id: str | None = None,
    headers: dict[str, str] | None = None,
    request_id: str = "JKJaXmPLvHcESHA=",
    path: str | None = None,
    method: str = "POST",
) -> dict[str, Any]:
    """Return join-winner.json with changes: a body of bytes is base64, as API Gateway sends it; None is no body."""
    event = copy.deepcopy(sample("join-winner"))
    event["headers"] |= headers or {}
    event["requestContext"]["requestId"] = request_id
    event["rawPath"] = path or (f"/api/events/{event_id}/join" if event_id is not None else event["rawPath"])
    event["requestContext"]["http"] |= {"method": method, "path": event["rawPath"]}
    event["isBase64Encoded"] = isinstance(body, bytes)
    event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    if body is None:
        del event["body"], event["headers"]["content-type"], event["headers"]["content-length"]
    return _routed(event)


def get_event(path: str) -> dict[str, Any]:
    """Return get-event.json with another path."""
    event = copy.deepcopy(sample("get-event"))
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    return _routed(event)


def with_subject(event: dict[str, Any], subject: object = "3") -> dict[str, Any]:
    """Return the event with the claims that API Gateway takes from a valid token of this subject."""
    authorizer = copy.deepcopy(sample("join-token")["requestContext"]["authorizer"])
    authorizer["jwt"]["claims"]["sub"] = subject
    return event | {"requestContext": event["requestContext"] | {"authorizer": authorizer}}


def _routed(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with the route and the path parameters that API Gateway finds for its method and path."""
    match = _router().match(event["requestContext"]["http"]["method"], event["rawPath"])
    assert match, "the template has a $default route"
    event["routeKey"], parameters = match
    event["requestContext"]["routeKey"] = event["routeKey"]
    event.pop("pathParameters", None)
    return event | ({"pathParameters": parameters} if parameters else {})


@cache
def _router() -> Router:
    return Router(template.load().api().routes)
