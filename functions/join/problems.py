"""Refusals of what was not understood, as RFC 9457 problems that name the field; nothing was decided."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aws_lambda_powertools.event_handler import Response

PROBLEM_JSON: Final = "application/problem+json; charset=utf-8"


@dataclass(frozen=True)
class BadRequestError(Exception):
    """A request that cannot be understood: the status it deserves, the field, and what is wrong with it.

    The detail never repeats what was sent.
    """

    status: HTTPStatus
    field: str
    detail: str

    def response(self) -> Response[str]:
        """Present it."""
        return problem(self.status, self.detail, field=self.field)


def problem(status: HTTPStatus, detail: str, *, field: str = "", **headers: str) -> Response[str]:
    """Make a problem document; `headers` are given with underscores for dashes."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": f"{field}: {detail}" if field else detail,
    }
    if field:
        body["errors"] = [{"field": field, "detail": detail}]
    given: dict[str, str | list[str]] = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status.value, PROBLEM_JSON, json.dumps(body, ensure_ascii=False), {**given, "Cache-Control": "no-store"}
    )
