"""Reads a request of the API: identifiers of the path, a strict JSON body, an attempt id, a token's subject.

Errors name the field.
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from eventrush.identifiers import PATTERN_MEANING, VISIBLE_ASCII, event_id_text, user_id_text
from eventrush.settings import Identity

type Event = dict[str, Any]  # API Gateway's, payload format 2.0, the names of headers in lower case

MAX_BODY_BYTES: Final = 4096
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
# The API's id under `sam local start-api`, which gives all requests the same request id (aws-sam-cli issue 9279).
SAM_LOCAL_API: Final = "1234567890"
_MAX_BASE64: Final = -(-MAX_BODY_BYTES // 3) * 4
_VISIBLE: Final = re.compile(VISIBLE_ASCII)


@dataclass(frozen=True)
class BadRequestError(Exception):
    """An invalid request: the response's status, the field, and what is wrong with it.

    The detail never repeats the invalid value.
    """

    status: HTTPStatus
    field: str
    detail: str


class UnauthorizedError(Exception):
    """The request has no claims of a checked token."""


class JoinRequest(NamedTuple):
    """The user, and the id that makes a client's retry the same attempt."""

    user_id: str
    attempt_id: str


def event_id(event: Event) -> str:
    """Return the event id in the path, which API Gateway has decoded; raises `BadRequestError`."""
    return _identifier("eventId", event_id_text, event["pathParameters"]["eventId"])


def user_id(event: Event) -> str:
    """Return the user id in the path, which API Gateway has decoded; raises `BadRequestError`."""
    return _identifier("userId", user_id_text, event["pathParameters"]["userId"])


def own_user_id(event: Event) -> str:
    """Return the user id in the path, which must be the token's subject; raises `BadRequestError`."""
    subject = _subject(event)
    if user_id(event) != subject:
        raise _another_user()
    return subject


def read_own(event: Event, invocation_id: str) -> JoinRequest:
    """Read a join request of the token's subject, which the body need not repeat; raises `BadRequestError`."""
    return read(event, invocation_id, _subject(event))


def read(event: Event, invocation_id: str, subject: str | None = None) -> JoinRequest:
    """Read a join request of the user in the body, or of `subject`; raises `BadRequestError`."""
    context, headers = event["requestContext"], event["headers"]
    attempt_id = headers.get("idempotency-key")
    if attempt_id is None:
        attempt_id = invocation_id if context["apiId"] == SAM_LOCAL_API else context["requestId"]
    elif not _VISIBLE.fullmatch(attempt_id):
        raise _invalid(IDEMPOTENCY_KEY, PATTERN_MEANING[VISIBLE_ASCII])
    content_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise BadRequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type", "must be application/json")
    try:
        document = _DECODER.decode(_text(event, subject))
    except (ValueError, RecursionError) as exc:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is not JSON") from exc
    if not isinstance(document, dict):
        raise _invalid("body", "must be a JSON object")
    if subject is not None and document.get("userId", subject) == subject:
        return JoinRequest(subject, attempt_id)
    if "userId" not in document:
        raise _invalid("userId", "is required")
    user_id = _identifier("userId", user_id_text, document["userId"])
    if subject is not None and user_id != subject:
        raise _another_user()
    return JoinRequest(user_id, attempt_id)


class Reader(NamedTuple):
    """What reads a request to join, and the user of an entry."""

    join: Callable[[Event, str], JoinRequest]
    entry_user: Callable[[Event], str]


READERS: Final = {Identity.BODY: Reader(read, user_id), Identity.TOKEN: Reader(read_own, own_user_id)}


def _subject(event: Event) -> str:
    """Return the user in the claims that API Gateway takes from a valid token; `sam local` has none."""
    try:
        subject = event["requestContext"]["authorizer"]["jwt"]["claims"]["sub"]
    except (KeyError, TypeError) as exc:
        raise UnauthorizedError from exc
    try:
        return user_id_text(subject)
    except ValueError as exc:
        detail = f"the token's subject is no user ID: {exc}"
        raise BadRequestError(HTTPStatus.FORBIDDEN, "sub", detail) from exc


def _another_user() -> BadRequestError:
    return BadRequestError(HTTPStatus.FORBIDDEN, "userId", "must be the token's subject")


def _identifier(field: str, check: Callable[[object], str], value: object) -> str:
    try:
        return check(value)
    except ValueError as exc:
        raise _invalid(field, str(exc)) from exc


def _invalid(field: str, detail: str) -> BadRequestError:
    return BadRequestError(HTTPStatus.UNPROCESSABLE_ENTITY, field, detail)


def _text(event: Event, subject: str | None) -> str:
    raw: str = event.get("body") or ""
    if len(raw) > _MAX_BASE64:  # before it is decoded
        raise _too_large()
    if not raw.strip():
        if subject is not None:
            return "{}"
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is required")
    try:
        content = (
            base64.b64decode(raw, validate=True) if event.get("isBase64Encoded") else raw.encode(errors="surrogatepass")
        )
    except ValueError as exc:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is marked as base64 but is not valid base64") from exc
    if len(content) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        return content.decode()
    except UnicodeDecodeError as exc:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is not UTF-8") from exc


def _too_large() -> BadRequestError:
    return BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body", f"must be at most {MAX_BODY_BYTES} bytes")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "has a duplicate key")
    return document


def _refuse_constant(_name: str) -> None:
    raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is not JSON: NaN and Infinity are not JSON numbers")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
