"""An event that expects a rush is warmed up for by EventBridge's schedules, as moto keeps them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from admin.warming import Warming, WarmingError, environments
from eventrush.models import Event

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
EVENT = Event("spring", "Spring", 100, NOON, None)
ROLE = "arn:aws:iam::123456789012:role/warming"


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("scheduler")
        client.create_schedule_group(Name="er")
        yield client


def warming(**more: str) -> Warming:
    found = Warming.from_env({"WARMING_GROUP": "er", "WARMING_ROLE_ARN": ROLE, "WARMING_FUNCTION": "er-join", **more})
    assert found
    return found


def test_it_warms_up_before_the_opening_and_cools_down_after(scheduler: Any) -> None:
    told = warming().schedule(EVENT, 2000, now=NOON - timedelta(days=1))
    assert told == {
        "environments": 300,
        "from": "2026-12-01T11:45:00+00:00",
        "until": "2026-12-01T12:30:00+00:00",
    }
    up, down = (scheduler.get_schedule(GroupName="er", Name=f"spring-{name}") for name in ("warm", "cool"))
    assert (up["ScheduleExpression"], down["ScheduleExpression"]) == (
        "at(2026-12-01T11:45:00)",
        "at(2026-12-01T12:30:00)",
    )
    assert up["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:lambda:putProvisionedConcurrencyConfig"
    assert down["Target"]["Arn"] == "arn:aws:scheduler:::aws-sdk:lambda:deleteProvisionedConcurrencyConfig"
    alias = {"FunctionName": "er-join", "Qualifier": "live"}
    assert json.loads(up["Target"]["Input"]) == {**alias, "ProvisionedConcurrentExecutions": 300}
    assert json.loads(down["Target"]["Input"]) == alias
    assert up["Target"]["RoleArn"] == ROLE


@pytest.mark.usefixtures("scheduler")
def test_an_opening_within_minutes_is_warmed_up_for_at_once() -> None:
    told = warming().schedule(EVENT, 10, now=NOON - timedelta(minutes=5))
    assert told["from"] == "2026-12-01T11:56:00+00:00"


@pytest.mark.usefixtures("scheduler")
def test_a_refusal_says_that_the_event_exists() -> None:
    warming().schedule(EVENT, 10)
    with pytest.raises(WarmingError, match=r"^The event is created, but its warm-up is not scheduled: An error"):
        warming().schedule(EVENT, 10)


@pytest.mark.usefixtures("scheduler")
def test_an_event_without_an_opening_cannot_be_warmed_up_for() -> None:
    with pytest.raises(WarmingError, match="no opening time"):
        warming().schedule(replace(EVENT, opens_at=None), 10)


@pytest.mark.parametrize("role", [{}, {"WARMING_ROLE_ARN": ""}])
def test_without_a_role_nothing_is_warmed(role: dict[str, str]) -> None:
    assert Warming.from_env(role) is None


@pytest.mark.parametrize(("expect", "needed"), [(1, 1), (2000, 300), (20_000, 3000)])
def test_environments_for_requests_per_second(expect: int, needed: int) -> None:
    assert environments(expect) == needed
