"""The sample requests and the contract: what each sends, and that its response is one that the contract names."""

import base64
import json
from typing import Any

import pytest

from tests import contract
from tests.functional.join.conftest import Invoke
from tests.samples import EVENTS, sample

HTTP = sorted(path.stem for path in EVENTS.glob("*.json") if "requestContext" in json.loads(path.read_text("utf-8")))
REFUSED = {"join-malformed", "join-invalid-user", "wrong-method", "wrong-path"}


@pytest.mark.parametrize("name", HTTP)
def test_a_sample_keeps_the_contract(name: str, invoke: Invoke, invoke_with_tokens: Invoke) -> None:
    event = sample(name)
    with_token = "authorizer" in event["requestContext"]
    assert bool(request_errors(event)) == (name in REFUSED)
    response = (invoke_with_tokens if with_token else invoke)(event)  # which checks the response
    assert (response.headers["content-type"].partition(";")[0] == "application/problem+json") == (
        name in REFUSED | {"get-entry", "get-entry-token"}  # nobody has joined
    )


def request_errors(event: dict[str, Any]) -> list[str]:
    """Return how a request differs from the contract."""
    operation = contract.operations().get(event["routeKey"])
    if operation is None:
        return ["no such operation"]
    found = []
    given = {"path": event.get("pathParameters", {}), "header": event["headers"]}
    for parameter in map(contract.resolve, operation["parameters"]):
        values, name = given[parameter["in"]], parameter["name"]
        name = name.lower() if parameter["in"] == "header" else name
        if name in values:
            found += contract.errors(parameter["schema"], values[name])
        elif parameter.get("required"):
            found.append(f"{name} is missing")
    if "requestBody" in operation and "body" in event:
        raw = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"]
        media = contract.resolve(operation["requestBody"])["content"][event["headers"]["content-type"]]
        try:
            found += contract.errors(media["schema"], json.loads(raw))
        except ValueError:
            found.append("no JSON")
    elif "requestBody" in operation and "authorizer" not in event["requestContext"]:
        found.append("no body")
    return found
