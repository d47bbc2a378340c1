from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from local import deployment


@pytest.fixture(autouse=True)
def _in_virginia(no_aws_account: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def test_no_credentials_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert deployment.main("dev") == 1
    assert capsys.readouterr().err == (
        "AWS credentials are needed: `aws configure`, or AWS_PROFILE naming a profile that exists.\n"
    )


def test_a_profile_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    assert deployment.main("dev") == 1
    assert "nowhere" in capsys.readouterr().err


def test_no_region_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert deployment.main("dev") == 1
    assert capsys.readouterr().err.startswith("An AWS region is needed")


@pytest.fixture
def concurrency(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Give an account by its limits, which moto does not have, to be changed."""
    limits = {"UnreservedConcurrentExecutions": 1000}
    ask = vars(BaseClient)["_make_api_call"]

    def call(client: BaseClient, operation: str, given: dict[str, Any]) -> Any:
        return {"AccountLimit": limits} if operation == "GetAccountSettings" else ask(client, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield limits


@pytest.mark.usefixtures("concurrency")
def test_the_account_is_named_and_a_first_deployment_keeps_what_it_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert deployment.main("dev") == 0
    assert capsys.readouterr() == ("--disable-rollback\n", "Deploying into account 123456789012, us-east-1.\n")


# What persist and reconcile reserve, and what Lambda keeps for the rest.
@pytest.mark.parametrize(("environment", "needed"), [("dev", 3 + 1 + 100), ("prod", 12 + 1 + 100)])
def test_an_account_with_too_little_concurrency_is_refused_before_anything_is_made(
    environment: str, needed: int, concurrency: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    concurrency["UnreservedConcurrentExecutions"] = needed
    assert deployment.main(environment) == 0
    concurrency["UnreservedConcurrentExecutions"] = needed - 1
    capsys.readouterr()
    assert deployment.main(environment) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"may run {needed - 1} Lambda functions at once" in err
    assert f"needs {needed}: ask Service Quotas" in err


def test_what_stands_has_reserved_its_own_already_and_can_be_rolled_back_to(
    concurrency: dict[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    concurrency["UnreservedConcurrentExecutions"] = 100
    topic = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    boto3.client("cloudformation").create_stack(StackName="eventrush-dev", TemplateBody=topic)
    assert deployment.main("dev") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("concurrency")
def test_an_environment_that_is_not_configured_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert deployment.main("staging") == 1
    assert capsys.readouterr().err == "samconfig.toml has no environment staging.\n"
