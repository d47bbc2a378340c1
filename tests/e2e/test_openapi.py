"""The running API keeps docs/openapi.yaml in both modes of identity: thousands of requests, and the links between them.

Each identity has a process of its own: 100 cases take about two seconds of a busy core.
"""

import copy
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest

from admin.service import Admin
from cli.environment import environment, kafka_options
from cli.tokens import Signer
from eventrush.models import Event, EventState
from local.application import application
from local.servers import Stack
from tests import contract
from tests.e2e.conftest import Api
from tests.e2e.explorer import Found, explore
from tests.waiting import until

CASES: Final = 5_000
EXAMPLES: Final = 400

JOIN = "POST /api/events/{eventId}/join"
ENTRY = "GET /api/events/{eventId}/entries/{userId}"


@pytest.fixture(scope="module")
def event_ids(admin: Admin) -> list[str]:
    """Create an event in each state that lasts; half of the requests are of the one that stays open."""
    unique, now = uuid4().hex[:8], datetime.now(UTC)
    made = [
        Event(f"open-{unique}", "With seats for all", 1_000_000),
        Event(f"few-{unique}", "Soon sold out", 3),
        Event(f"early-{unique}", "Not yet open", 3, opens_at=now + timedelta(days=1)),
        Event(f"closed-{unique}", "Closed", 3, state=EventState.CLOSED),
    ]
    for event in made:
        admin.create(event)
    return [made[0].event_id] * 3 + [event.event_id for event in made[1:]]


@pytest.fixture(scope="module")
def found(
    stack: Stack, api: Api, event_ids: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Found]]:
    """Explore an API of each identity at the same time."""
    settings = environment(stack) | {"GATE_TIMEOUT_MS": "1000", "IDENTITY": "token"}
    signer = Signer()
    logs = tmp_path_factory.mktemp("logs")
    with application(settings, logs, workers=1, **signer.trust.api_options, **kafka_options(settings)) as front:
        guarded = Api(front.url)
        until(lambda: guarded.ask("GET", f"/api/events/{event_ids[0]}").status == 200)
        authorization = {"headers": {"Authorization": f"Bearer {signer.sign(3)}"}}
        runs = {
            "body": (api.url, copy.deepcopy(contract.strict()), {}),
            "token": (guarded.url, _with_a_token(contract.strict()), authorization),
        }
        with ProcessPoolExecutor(len(runs), multiprocessing.get_context("spawn")) as processes:
            futures = {
                identity: processes.submit(explore, url, document, event_ids, EXAMPLES, **more)
                for identity, (url, document, more) in runs.items()
            }
            yield {identity: future.result() for identity, future in futures.items()}


def _with_a_token(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document as its descriptions change it for `Identity=token`: neither a body nor a user is needed."""
    document = copy.deepcopy(document)
    document["components"]["requestBodies"]["Join"]["required"] = False
    del document["components"]["schemas"]["JoinRequest"]["required"]
    return document


def test_no_response_breaks_the_contract(found: dict[str, Found]) -> None:
    findings = [f"{identity}: {finding}" for identity, one in found.items() for finding in one.findings]
    assert not findings, "\n\n".join([f"{len(findings)} findings", *findings[:5]])
    assert sum(one.cases for one in found.values()) >= CASES


def test_every_decision_and_refusal_came_back(found: dict[str, Found]) -> None:
    """The run would prove nothing if it only met refusals of bad input."""
    statuses = {status for operation, status in found["body"].seen if operation == JOIN}
    assert statuses >= {200, 400, 403, 404, 405, 409, 410, 415, 422, 429}
    assert found["token"].seen[JOIN, 403] > 0, "another user than the token's"


def test_an_entry_is_found_by_the_link_of_the_join_that_made_it(found: dict[str, Found]) -> None:
    for one in found.values():
        assert one.linked[ENTRY, 200] > 0
        assert one.linked[JOIN, 409] > 0, "a second attempt of a winner"
