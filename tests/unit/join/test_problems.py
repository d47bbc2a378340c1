"""A refusal is an RFC 9457 problem that names the field."""

import json
from http import HTTPStatus

from join.problems import PROBLEM_JSON, BadRequestError, problem


def test_a_refusal_names_its_field() -> None:
    response = BadRequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "userId", "is required").response()
    assert (response.status_code, response.content_type) == (422, PROBLEM_JSON)
    assert json.loads(response.body or "") == {
        "type": "about:blank",
        "title": HTTPStatus.UNPROCESSABLE_ENTITY.phrase,
        "status": 422,
        "detail": "userId: is required",
        "errors": [{"field": "userId", "detail": "is required"}],
    }


def test_headers_are_written_with_dashes_and_a_problem_is_never_cached() -> None:
    response = problem(HTTPStatus.SERVICE_UNAVAILABLE, "Not now.", Retry_After="1")
    assert response.headers["Retry-After"] == "1"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_problem_about_no_field_names_none() -> None:
    body = json.loads(problem(HTTPStatus.NOT_FOUND, "There is no such entry.").body or "")
    assert body["detail"] == "There is no such entry."
    assert "errors" not in body
