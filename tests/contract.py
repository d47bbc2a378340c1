"""docs/openapi.yaml, read for tests: its operations and responses, and whether something has the form that it says."""

import copy
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from cli.api_page import DOCUMENT

type Operation = dict[str, Any]

DEFAULT: Final = "$default"


@cache
def document() -> dict[str, Any]:
    """Return the document as it is written."""
    content: dict[str, Any] = yaml.load(DOCUMENT.read_text("utf-8"), yaml.CSafeLoader)
    return content


@cache
def strict() -> dict[str, Any]:
    """Return the document with no more members in an answer than it names, for the API must have no secret ones."""
    content = copy.deepcopy(document())
    for response in content["components"]["responses"].values():
        for media in response["content"].values():
            one_of = media["schema"].get("oneOf", [media["schema"]])
            closed = [{"allOf": [schema], "unevaluatedProperties": False} for schema in one_of]
            media["schema"] = {"oneOf": closed} if len(closed) > 1 else closed[0]
    return content


def operations() -> dict[str, Operation]:
    """Return the operations by their route keys, as API Gateway writes them."""
    return {
        f"{method.upper()} {path}": operation | {"parameters": [*item.get("parameters", []), *operation["parameters"]]}
        for path, item in strict()["paths"].items()
        for method, operation in ((name, {"parameters": [], **item[name]}) for name in ("get", "post") if name in item)
    }


def resolve(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reference into the document stands for."""
    if "$ref" not in part:
        return dict(part)
    found: Any = strict()
    for name in part["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return resolve(found)


def responses(route_key: str) -> dict[int, dict[str, Any]]:
    """Return a route's responses by status."""
    shared = strict()["components"]["responses"]
    if route_key == DEFAULT:
        return {404: shared["UnknownPath"], 405: shared["MethodNotAllowed"]}
    return {int(status): resolve(one) for status, one in operations()[route_key]["responses"].items()}


def errors(schema: Mapping[str, Any], instance: object) -> list[str]:
    """Return how an instance differs from a schema of the document."""
    whole = {"allOf": [schema], "components": strict()["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]


def differences(route_key: str, status: int, headers: Mapping[str, str], body: object) -> list[str]:
    """Return how a response differs from the document; `headers` have lower-case names."""
    declared = responses(route_key).get(status)
    if declared is None:
        return [f"{route_key} has no status {status}"]
    content_type = headers["content-type"].partition(";")[0]
    if content_type not in declared["content"]:
        return [f"{route_key} {status} has no content of type {content_type}"]
    return [
        *errors(declared["content"][content_type]["schema"], body),
        *_header_differences(declared.get("headers", {}), headers),
    ]


def _header_differences(declared: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[str]:
    for name, header in declared.items():
        described, value = resolve(header), headers.get(name.lower())
        if value is not None:
            yield from (f"{name}: {error}" for error in errors(described["schema"], value))
        elif described.get("required"):
            yield f"{name} is missing"
    named = {name.lower() for name in declared}
    transport = {"content-type", "content-length", "date", "server"}
    yield from (f"{name} is not in the document" for name in headers.keys() - named - transport)


def check(route_key: str, status: int, headers: Mapping[str, str], body: object) -> None:
    """Fail with every difference."""
    found = differences(route_key, status, headers, body)
    assert not found, f"{found} in {status} {json.dumps(body, ensure_ascii=False)} {dict(headers)}"
