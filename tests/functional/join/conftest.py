"""Invokes the join handler, and checks every response against the contract, docs/openapi.yaml."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush.settings import Identity
from join import handler
from join.counter import VerdictCounter
from join.dependencies import Dependencies
from join.request import READERS
from tests import contract
from tests.context import lambda_context
from tests.fakes.gate import FakeGate
from tests.fakes.publisher import FakePublisher


@dataclass(frozen=True)
class ApiResponse:
    """A response of the API; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def field(self) -> str:
        """The field of a problem."""
        field: str = self.body["errors"][0]["field"]
        return field


class Invoke(Protocol):
    def __call__(self, event: dict[str, Any], context: LambdaContext | None = None) -> ApiResponse: ...


@pytest.fixture
def invoke(gate: FakeGate, stream: FakePublisher) -> Invoke:
    return _invoke(gate, stream, Identity.BODY)


@pytest.fixture
def invoke_with_tokens(gate: FakeGate, stream: FakePublisher) -> Invoke:
    """Invoke the handler as with `IDENTITY=token`."""
    return _invoke(gate, stream, Identity.TOKEN)


def _invoke(gate: FakeGate, stream: FakePublisher, identity: Identity) -> Invoke:
    deps = Dependencies(gate, stream, "default", VerdictCounter("test", "join", str), READERS[identity])

    def invoke(event: dict[str, Any], context: LambdaContext | None = None) -> ApiResponse:
        output = handler.handle(event, context or lambda_context(), deps)
        headers = {name.lower(): str(value) for name, value in output["headers"].items()}
        response = ApiResponse(output["statusCode"], headers, json.loads(output["body"]))
        contract.check(event["routeKey"], response.status, response.headers, response.body)
        return response

    return invoke
