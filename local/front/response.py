"""Turn what a handler returned into an HTTP response, as an HTTP API does with payload format 2.0.

A dict with `statusCode` is a response: statusCode, headers, cookies, body, isBase64Encoded; format 2.0 has no
multiValueHeaders. Anything else that is JSON becomes the body of a 200. What is neither is the handler's fault: 500.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

type Headers = list[tuple[bytes, bytes]]

_STATUSES = range(200, 600)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out on the wire."""

    status: int
    headers: Headers
    body: bytes


class BadOutputError(Exception):
    """The handler returned what API Gateway does not take; the text says why."""


def message(status: int, text: str) -> Response:
    """Return API Gateway's own kind of answer."""
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return Response(status, _sized([(b"content-type", b"application/json")], body), body)


def from_output(output: Any) -> Response:
    """Return the response that a handler's output stands for, or raise BadOutputError."""
    if not isinstance(output, dict) or "statusCode" not in output:
        return _inferred(output)
    try:
        status = int(output["statusCode"])
    except (TypeError, ValueError):
        raise BadOutputError("statusCode is no number") from None
    if status not in _STATUSES:
        raise BadOutputError("statusCode is none of HTTP's")
    body = _body(output)
    headers = [_header(name, value) for name, value in _typed(output, "headers", dict).items()]
    if not any(name == b"content-type" for name, _ in headers):
        headers.append((b"content-type", b"text/plain;charset=UTF-8"))
    headers += [_header("set-cookie", cookie) for cookie in _typed(output, "cookies", list)]
    return Response(status, _sized(headers, body), body)


def _inferred(output: Any) -> Response:
    try:
        body = output.encode() if isinstance(output, str) else json.dumps(output, ensure_ascii=False).encode()
    except (TypeError, ValueError):
        raise BadOutputError("the output is no JSON") from None
    return Response(200, _sized([(b"content-type", b"application/json")], body), body)


def _body(output: dict[str, Any]) -> bytes:
    body = output.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise BadOutputError("body is no string")
    if not output.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body)
    except binascii.Error:
        raise BadOutputError("body is no base64") from None


def _typed[T](output: dict[str, Any], name: str, kind: type[T]) -> T:
    value = output.get(name)
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise BadOutputError(f"{name} is no {kind.__name__}")
    return value


def _header(name: str, value: Any) -> tuple[bytes, bytes]:
    if not isinstance(value, str | int | float):
        raise BadOutputError(f"header {name} is no string")
    if not _TOKEN.fullmatch(name):
        raise BadOutputError("a header's name is no token")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not text.isprintable():
        raise BadOutputError(f"header {name} has a control character")
    return name.lower().encode("latin-1"), text.encode()


def _sized(headers: Headers, body: bytes) -> Headers:
    sized = [header for header in headers if header[0] != b"content-length"]
    sized.append((b"content-length", b"%d" % len(body)))
    return sized
