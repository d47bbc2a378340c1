"""docs/openapi.yaml says what the code does: routes, verdicts, limits, and the requests in the docs."""

import json
import re
import shlex
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from cli.api_page import DOCUMENT
from eventrush.identifiers import EVENT_ID, MAX_INTEGER_USER_ID, VISIBLE_ASCII
from eventrush.models import Phase, Verdict
from join import handler, responses
from join.request import IDEMPOTENCY_KEY, MAX_BODY_BYTES
from join.responses import RESULT_HEADER, TABLE, Row
from local import template
from local.http_api import Router
from tests import contract

ROOT: Final = Path(__file__).parents[2]
JOIN: Final = "POST /api/events/{eventId}/join"
SCHEMAS: Final = contract.document()["components"]["schemas"]
# Every row of the verdict table by the name of its schema's example.
ROWS: Final = {**{verdict.name: row for verdict, row in TABLE.items()}, "ACCEPTED": responses.ACCEPTED}
TOKENS: Final = {"Identity": "token", "JwtIssuer": "https://issuer.example", "JwtAudience": "eventrush"}


def test_the_document_is_valid() -> None:
    error = next(OpenAPIV31SpecValidator(contract.document()).iter_errors(), None)
    assert error is None, f"{DOCUMENT.name} is invalid at {error.json_path}: {error.message}"


def test_its_routes_are_the_template_s_and_the_handler_s() -> None:
    routes = {route.key for route in template.load().api().routes}
    assert contract.operations().keys() | {contract.DEFAULT} == routes
    assert contract.operations().keys() == handler.ROUTES.keys()


def test_a_token_is_asked_for_where_the_template_has_an_authorizer() -> None:
    guarded = {route.key for route in template.load(parameters=TOKENS).api().routes if route.jwt}
    found = {
        key: operation.get("security", contract.document()["security"])
        for key, operation in contract.operations().items()
    }
    assert {key for key, security in found.items() if {"token": []} in security} == guarded
    assert all({} in security for security in found.values()), "with Identity=body nobody needs one"
    assert {key for key in found if 401 in contract.responses(key)} == guarded
    [scheme] = contract.document()["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT")


def test_its_results_are_the_verdicts() -> None:
    assert set(SCHEMAS["Result"]["enum"]) == {verdict.name for verdict in Verdict}
    assert set(SCHEMAS["Event"]["properties"]["state"]["enum"]) == set(Phase)


@pytest.mark.parametrize("name", ROWS)
def test_every_row_of_the_verdict_table_is_there(name: str) -> None:
    row, verdict = ROWS[name], "SUCCESS" if name == "ACCEPTED" else name
    response = contract.responses(JOIN)[row.status.value]
    [schema] = [one for one in _verdict_schemas(response) if one["properties"]["result"] == {"const": verdict}]
    assert schema["properties"]["message"]["enum"] == [row.korean, row.english]
    example = response["content"]["application/json"]["examples"][name]
    assert (example["value"]["result"], example["value"]["message"]) == (verdict, row.korean)
    assert example["summary"] == verdict + _retry(name, row)
    assert ("Retry-After" in response["headers"]) == (row.retry_after_s is not None or name == "NOT_OPEN")
    assert RESULT_HEADER in response["headers"]


def test_no_other_verdict_is_there() -> None:
    found = [
        (status, schema["properties"]["message"]["enum"][0])
        for status, response in contract.responses(JOIN).items()
        for schema in _verdict_schemas(response)
    ]
    assert sorted(found) == sorted((row.status.value, row.korean) for row in ROWS.values())


def _retry(name: str, row: Row) -> str:
    if name == "NOT_OPEN":
        return "; Retry-After to opensAt"
    return "" if row.retry_after_s is None else f"; Retry-After {row.retry_after_s}"


def _verdict_schemas(response: dict[str, Any]) -> list[dict[str, Any]]:
    schema = response["content"].get("application/json", {}).get("schema", {})
    found = [contract.resolve(one["allOf"][0]) for one in schema.get("oneOf", [schema] if schema else [])]
    return [one for one in found if "result" in one["properties"]]


def test_limits_and_patterns_are_the_code_s() -> None:
    components = contract.document()["components"]
    assert SCHEMAS["EventId"]["pattern"] == EVENT_ID
    assert SCHEMAS["UserIdText"]["pattern"] == VISIBLE_ASCII
    assert SCHEMAS["UserId"]["oneOf"][0] == {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER_USER_ID}
    key = components["parameters"]["IdempotencyKey"]
    assert (key["name"], key["schema"]["pattern"]) == (IDEMPOTENCY_KEY, VISIBLE_ASCII)
    too_large = components["responses"]["TooLarge"]
    [example] = too_large["content"]["application/problem+json"]["examples"].values()
    for text in (
        components["requestBodies"]["Join"]["description"],
        too_large["description"],
        example["value"]["detail"],
    ):
        assert f" {MAX_BODY_BYTES} bytes" in text


@pytest.mark.parametrize("name", contract.strict()["components"]["responses"])
def test_every_example_of_a_response_has_its_form(name: str) -> None:
    for media in contract.strict()["components"]["responses"][name]["content"].values():
        assert media["examples"]
        for example in media["examples"].values():
            assert not contract.errors(media["schema"], example["value"])


def test_a_problem_s_example_has_its_status_and_title() -> None:
    for key in [*contract.operations(), contract.DEFAULT]:
        for status, response in contract.responses(key).items():
            for example in response["content"].get("application/problem+json", {"examples": {}})["examples"].values():
                assert (example["value"]["status"], example["value"]["title"]) == (status, HTTPStatus(status).phrase)


def test_every_example_of_a_request_has_its_form() -> None:
    components = contract.document()["components"]
    for parameter in components["parameters"].values():
        assert not contract.errors(parameter["schema"], parameter["example"])
    media = components["requestBodies"]["Join"]["content"]["application/json"]
    for example in media["examples"].values():
        assert not contract.errors(media["schema"], example["value"])


def test_every_response_is_of_some_operation() -> None:
    """Nothing is described that no route answers."""
    used = [
        response["$ref"].rpartition("/")[2]
        for operation in contract.operations().values()
        for response in operation["responses"].values()
    ]
    assert {*used, "UnknownPath", "MethodNotAllowed"} == contract.document()["components"]["responses"].keys()


def _curls() -> list[str]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(page.read_text("utf-8").replace("\\\n", " ") for page in pages)
    return [line for line in re.findall(r"\bcurl .*?/api/.*", text) if "…" not in line]


@pytest.mark.parametrize("line", _curls())
def test_the_docs_curls_keep_the_contract(line: str) -> None:
    words = shlex.split(line)
    [url] = [word for word in words if "/api/" in word]
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    data = words[words.index("-d") + 1] if "-d" in words else None
    method = words[words.index("-X") + 1] if "-X" in words else "POST" if data else "GET"
    match = Router(template.load().api().routes).match(method, urlsplit(url).path.removeprefix("$API"))
    assert match, url
    operation = contract.operations()[match[0]]
    named = {parameter["name"].lower() for parameter in map(contract.resolve, operation["parameters"])}
    assert headers.keys() <= named | {"content-type", "authorization"}
    if "requestBody" in operation and (data or "authorization" not in headers):
        assert data, "a body is needed without a token"
        content = contract.resolve(operation["requestBody"])["content"]
        assert not contract.errors(content[headers["content-type"]]["schema"], json.loads(data))


def test_there_are_curls_to_check() -> None:
    assert _curls()


def test_the_readme_s_answer_keeps_the_contract() -> None:
    [answer] = re.findall(r"```json\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert not contract.errors(
        contract.responses(JOIN)[200]["content"]["application/json"]["schema"], json.loads(answer)
    )
