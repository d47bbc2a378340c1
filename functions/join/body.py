"""Reads the body of a join: JSON by the letter, or a refusal that names what is wrong.

Powertools' own body validation takes forms for JSON and the last of two equal keys; this does not.
"""

import base64
import json
from http import HTTPStatus
from typing import Any, Final

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import BaseModel, Field, ValidationError

from eventrush.identifiers import UserId
from join.problems import BadRequestError

MAX_BODY_BYTES: Final = 4096
_MAX_BASE64: Final = -(-MAX_BODY_BYTES // 3) * 4


class JoinRequest(BaseModel):
    """Who wants to join; what else the body holds is passed over."""

    user_id: UserId = Field(alias="userId")


def read(event: APIGatewayProxyEventV2) -> JoinRequest:
    """Read the request's body; raises `BadRequestError`."""
    content_type = event.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise BadRequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Type", "must be application/json")
    document = _parsed(_text(event))
    if not isinstance(document, dict):
        raise BadRequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "body", "must be a JSON object")
    try:
        return JoinRequest.model_validate(document)
    except ValidationError as exc:
        raise BadRequestError(HTTPStatus.UNPROCESSABLE_ENTITY, *first_fault(exc.errors())) from exc


def first_fault(errors: Any) -> tuple[str, str]:
    """Give the field and the fault of pydantic's first error, without what was sent."""
    first = errors[0]
    field = str(first["loc"][-1]) if first["loc"] else "body"
    match first["type"]:
        case "missing":
            return field, "is required"
        case "string_pattern_mismatch" if field == "eventId":
            return field, "must be 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit"
        case "string_pattern_mismatch":
            return field, "must be 1 to 64 visible ASCII characters"
        case _:
            return field, str(first["msg"]).removeprefix("Value error, ")


def _text(event: APIGatewayProxyEventV2) -> str:
    raw = event.body or ""
    if len(raw) > _MAX_BASE64:  # before any work is done on it
        raise _too_long()
    if not raw.strip():
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is required")
    content = _decoded(raw) if event.is_base64_encoded else raw.encode(errors="surrogatepass")
    if len(content) > MAX_BODY_BYTES:
        raise _too_long()
    try:
        return content.decode()
    except UnicodeDecodeError as exc:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is not UTF-8") from exc


def _decoded(raw: str) -> bytes:
    try:
        return base64.b64decode(raw, validate=True)
    except ValueError as exc:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is not base64, as which it is marked") from exc


def _too_long() -> BadRequestError:
    return BadRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body", f"must be at most {MAX_BODY_BYTES} bytes")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_without_repetition, parse_constant=_refused_constant)
    except (ValueError, RecursionError) as exc:
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is not JSON") from exc


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "holds the same key twice")
    return document


def _refused_constant(_name: str) -> None:
    raise BadRequestError(HTTPStatus.BAD_REQUEST, "body", "is not JSON: NaN and Infinity are no JSON numbers")
