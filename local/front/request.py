"""Turn an ASGI request into the event of an HTTP API, payload format 2.0.

docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html. Not mirrored:
authorizers, stage variables, client certificates.
"""

import base64
import os
import time
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from local.context import ACCOUNT
from local.front.routes import Match

type Event = dict[str, Any]

_API_ID = "local"
_TEXTUAL = ("text/", "application/json", "application/javascript", "application/xml")
_TEXTUAL_SUFFIXES = ("+json", "+xml")


def build(scope: Mapping[str, Any] | MutableMapping[str, Any], body: bytes, match: Match) -> Event:
    """Return the event of a request whose route was found."""
    route_key, path_parameters = match
    now = time.time()
    headers, cookies = _headers(scope)
    raw_path = scope["raw_path"].decode("ascii")
    query = scope["query_string"].decode("latin-1")
    event: Event = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": _API_ID,
            "domainName": headers.get("host", "localhost"),
            "domainPrefix": _API_ID,
            "http": {
                "method": scope["method"],
                "path": raw_path,
                "protocol": f"HTTP/{scope['http_version']}",
                "sourceIp": scope["client"][0],
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": base64.urlsafe_b64encode(os.urandom(11)).decode(),
            "routeKey": route_key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if path_parameters:
        event["pathParameters"] = path_parameters
    if body:
        event["body"], event["isBase64Encoded"] = _body(body, headers.get("content-type", ""))
    return event


def _headers(scope: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Return headers, repeated ones joined by commas, and cookies, which have a field of their own."""
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
    client, came_for = scope["client"][0], headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{came_for}, {client}" if came_for else client
    headers["x-forwarded-port"] = str(scope["server"][1])
    headers["x-forwarded-proto"] = scope["scheme"]
    return headers, cookies


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    """Return the body and whether it is base64: text stays text where it is UTF-8."""
    kind = content_type.split(";", 1)[0].strip().lower()
    if not kind or kind.startswith(_TEXTUAL) or kind.endswith(_TEXTUAL_SUFFIXES):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode("ascii"), True
