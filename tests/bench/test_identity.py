"""What a token costs JoinFunction: the processor time of the cheapest join, in turns with the user in the body."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from eventrush.models import Outcome, Verdict
from eventrush.settings import Identity
from join import handler
from join.counter import VerdictCounter
from join.dependencies import Dependencies
from join.request import READERS
from tests.bench.load import Figures
from tests.context import lambda_context
from tests.fakes.gate import FakeGate
from tests.fakes.publisher import FakePublisher
from tests.samples import join_event, with_subject

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

ROUNDS = 200
CALLS = 100


class SoldOut(FakeGate):
    """A gate that refuses from memory: nothing else of a join costs less."""

    def recall(self, _event_id: str, _user_id: str) -> Outcome:
        return Outcome(Verdict.LIMIT_EXCEEDED)


def test_a_token_costs_a_join_nothing(figures: Figures) -> None:
    event = with_subject(join_event('{"userId": "3"}'))
    kinds = {
        "body": joins(Identity.BODY, event),
        "token": joins(Identity.TOKEN, event),
        "tokenWithoutBody": joins(Identity.TOKEN, with_subject(join_event(None))),
    }
    rounds = [{name: measured() for name, measured in kinds.items()} for _ in range(ROUNDS)]
    spent = {name: round(median(one[name] for one in rounds), 2) for name in kinds}
    ratios = {name: round(median(one[name] / one["body"] for one in rounds), 3) for name in kinds if name != "body"}
    figures["identity"] = {"processorUs": spent, "toBody": ratios}
    assert max(ratios.values()) <= 1.1


def joins(identity: Identity, event: dict[str, Any]) -> Callable[[], float]:
    """Return what measures a round of joins: the mean processor time of one, in microseconds."""
    deps = Dependencies(SoldOut(), FakePublisher(), "default", VerdictCounter("bench", "join", str), READERS[identity])
    context = lambda_context()
    assert handler.handle(event, context, deps)["statusCode"] == 429

    def measured() -> float:
        began = time.process_time_ns()
        for _ in range(CALLS):
            handler.handle(event, context, deps)
        return (time.process_time_ns() - began) / CALLS / 1e3

    return measured
