"""Only environments of Size=dev are torn down, after their name was typed; moto plays CloudFormation."""

import io
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from local import teardown

TOPIC = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("cloudformation")
        # What looks similar belongs to others.
        for name in ("eventrush-dev", "eventrush-dev-KafkaStack-1A", "eventrush-dev2", "eventrush-KafkaStack-1B"):
            client.create_stack(StackName=name, TemplateBody=TOPIC)
        yield


def left() -> set[str]:
    summaries = boto3.client("cloudformation").list_stacks()["StackSummaries"]
    return {one["StackName"] for one in summaries if one["StackStatus"] != "DELETE_COMPLETE"}


@pytest.mark.usefixtures("stacks")
def test_a_stack_goes_with_those_it_retains_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("eventrush-dev\n"))
    assert teardown.main("dev") == 0
    assert left() == {"eventrush-dev2", "eventrush-KafkaStack-1B"}


@pytest.mark.usefixtures("stacks")
def test_it_goes_on_where_it_was_interrupted() -> None:
    boto3.client("cloudformation").delete_stack(StackName="eventrush-dev")
    assert teardown.delete(boto3.Session(), "eventrush-dev", poll_s=0.01) == ["eventrush-dev-KafkaStack-1A"]
    assert teardown.delete(boto3.Session(), "eventrush-dev", poll_s=0.01) == []


@pytest.mark.usefixtures("stacks")
@pytest.mark.parametrize(
    ("environment", "typed", "sentence"),
    [
        ("prod", "eventrush", "prod is not deployed with Size=dev: docs/operations.md has the steps to delete it.\n"),
        ("", "", "samconfig.toml has no environment (ENV= is missing).\n"),
        ("dev", "yes", "Nothing was deleted.\n"),
    ],
)
def test_what_is_not_meant_is_not_deleted(
    environment: str, typed: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = left()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    assert teardown.main(environment) == 1
    assert capsys.readouterr().err.endswith(sentence)
    assert left() == before
