"""The events and the responses of an HTTP API, in payload format 2.0.

docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html. Not mirrored in events:
authorizers that are no JWT authorizers, stage variables, client certificates.

A function's output that has `statusCode` is a response: statusCode, headers, cookies, body, isBase64Encoded; format 2.0
has no multiValueHeaders. Other JSON becomes the body of a 200. Any other output is the function's error: 500.
"""

import base64
import binascii
import json
import os
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from local.function import ACCOUNT

type Event = dict[str, Any]
type Scope = Mapping[str, Any]  # ASGI's
type RequestHeaders = tuple[dict[str, str], list[str]]  # by name, and the cookies
type Claims = dict[str, str]  # of a token, by name
type Headers = list[tuple[bytes, bytes]]

_API_ID = "local"
_TEXT = ("text/", "application/json", "application/javascript", "application/xml")
_TEXT_SUFFIXES = ("+json", "+xml")
_STATUSES = range(200, 600)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


class Response(NamedTuple):
    """An HTTP response as it is sent, but for its length."""

    status: int
    headers: Headers
    body: bytes


UNAUTHORIZED: Final = Response(
    401, [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")], b'{"message":"Unauthorized"}'
)


class InvalidOutputError(Exception):
    """The function returned what API Gateway does not accept; the text says why."""


def request_headers(scope: Scope) -> RequestHeaders:
    """Return the headers, repeated ones joined by commas, and the cookies, which have a field of their own."""
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name == "cookie":
            cookies += value.split("; ")
        elif name in headers:
            headers[name] += f",{value}"
        else:
            headers[name] = value
    client, forwarded_for = scope["client"][0], headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{forwarded_for}, {client}" if forwarded_for else client
    headers["x-forwarded-port"] = scope["server"][1]
    headers["x-forwarded-proto"] = scope["scheme"]
    return headers, cookies


def build_event(  # noqa: PLR0913, PLR0917 - a request's parts
    scope: Scope,
    received: RequestHeaders,
    body: bytes,
    route_key: str,
    path_parameters: Mapping[str, str],
    claims: Claims | None = None,
) -> Event:
    """Return the event of a request, given as an ASGI scope, its headers and its body, on a route.

    `claims` are those that the route's authorizer has verified.
    """
    now = time.time()
    headers, cookies = received
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": _API_ID,
            "domainName": headers.get("host", "localhost"),
            "domainPrefix": _API_ID,
            "http": {
                "method": scope["method"],
                "path": path,
                "protocol": f"HTTP/{scope['http_version']}",
                "sourceIp": scope["client"][0],
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": os.urandom(8).hex(),
            "routeKey": route_key,
            "stage": "$default",
            "time": _time(int(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if claims is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    if cookies:
        event["cookies"] = cookies
    if query:
        parameters: dict[str, str] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
        event["queryStringParameters"] = parameters
    if path_parameters:
        event["pathParameters"] = {**path_parameters}
    if body:
        event["body"], event["isBase64Encoded"] = _request_body(body, headers.get("content-type", ""))
    return event


def response(output: Any) -> Response:
    """Return the response to a function's output; InvalidOutputError where API Gateway does not accept it."""
    if not isinstance(output, dict) or "statusCode" not in output:
        return _json(200, output)
    try:
        status = int(output["statusCode"])
    except (TypeError, ValueError):
        raise InvalidOutputError("statusCode is no number") from None
    if status not in _STATUSES:
        raise InvalidOutputError("statusCode is no HTTP status")
    given, cookies = output.get("headers"), output.get("cookies")
    if not (given is None or isinstance(given, dict)):
        raise InvalidOutputError("headers is no dict")
    if not (cookies is None or isinstance(cookies, list)):
        raise InvalidOutputError("cookies is no list")
    headers = [_header(name, value) for name, value in given.items()] if given else []
    names = [name for name, _ in headers]
    if b"content-length" in names:  # it is counted, as API Gateway does
        headers = [header for header in headers if header[0] != b"content-length"]
    if b"content-type" not in names:
        headers.append((b"content-type", b"text/plain;charset=UTF-8"))
    if cookies:
        headers += [_header("set-cookie", cookie) for cookie in cookies]
    return Response(status, headers, _response_body(output))


def message(status: int, text: str) -> Response:
    """Return a response of API Gateway itself."""
    return _json(status, json.dumps({"message": text}, separators=(",", ":")))


@lru_cache(1)
def _time(second: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))


def _request_body(body: bytes, content_type: str) -> tuple[str, bool]:
    """Return the body and whether it is base64, as all is but text in UTF-8."""
    if _is_text(content_type):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode("ascii"), True


@lru_cache
def _is_text(content_type: str) -> bool:
    kind = content_type.split(";", 1)[0].strip().lower()
    return not kind or kind.startswith(_TEXT) or kind.endswith(_TEXT_SUFFIXES)


def _json(status: int, output: Any) -> Response:
    try:
        body = output.encode() if isinstance(output, str) else json.dumps(output, ensure_ascii=False).encode()
    except (TypeError, ValueError):
        raise InvalidOutputError("the output is no JSON") from None
    return Response(status, [(b"content-type", b"application/json")], body)


def _response_body(output: dict[str, Any]) -> bytes:
    body = output.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise InvalidOutputError("body is no string")
    if not output.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body)
    except binascii.Error:
        raise InvalidOutputError("body is no base64") from None


def _header(name: str, value: Any) -> tuple[bytes, bytes]:
    if not isinstance(value, str | int | float):
        raise InvalidOutputError(f"header {name} is no string")
    return _encoded(name, value)


@lru_cache(typed=True)
def _encoded(name: str, value: str | float) -> tuple[bytes, bytes]:
    if not _TOKEN.fullmatch(name):
        raise InvalidOutputError("a header's name is no token")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not text.isprintable():
        raise InvalidOutputError(f"header {name} has a control character")
    return name.lower().encode("latin-1"), text.encode()
