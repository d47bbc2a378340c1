"""A stack on AWS is found by its outputs, and whatever AWS refuses is one sentence."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore import exceptions as aws
from botocore.stub import Stubber

from cli.deployed_stack import AwsError, DeployedStack
from cli.main import run
from cli.options import ROOT
from tests.unit.cli.test_main import assert_one_sentence

OUTPUTS = {"AdminFunction": "spring-admin", "JoinFunction": "spring-join", "ApiUrl": "https://api"}
CREATED = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_frankfurt(no_aws_account: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:  # noqa: ARG001
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("EVENTRUSH_DIRECTORY", str(tmp_path))


class Account(DeployedStack):
    """A stack in an account whose answers a test gives; what is asked must be what was expected."""

    def __init__(self) -> None:
        super().__init__("spring", region="eu-central-1")
        keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "eu-central-1"}
        services = ("cloudformation", "cloudwatch", "lambda", "sts")
        self.clients: dict[str, Any] = {name: boto3.client(name, **keys) for name in services}  # type: ignore[call-overload]
        self.stubs = {name: Stubber(client) for name, client in self.clients.items()}

    def _client(self, service: str) -> Any:
        return self.clients[service]

    def has_stack(self, state: str = "UPDATE_COMPLETE", outputs: dict[str, str] = OUTPUTS) -> None:
        listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
        stack = {"StackName": "spring", "CreationTime": CREATED, "StackStatus": state, "Outputs": listed}
        self.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": "spring"})

    def answers(self, content: bytes, **fields: str) -> None:
        asked = {"FunctionName": "spring-admin", "Payload": json.dumps({"command": "list"}).encode()}
        self.stubs["lambda"].add_response("invoke", {"Payload": io.BytesIO(content), **fields}, asked)

    def refuses(self, service: str, operation: str, code: str, message: str = "No.") -> None:
        self.stubs[service].add_client_error(operation, code, message)


@pytest.fixture
def account() -> Iterator[Account]:
    account = Account()
    for stub in account.stubs.values():
        stub.activate()
    yield account
    for stub in account.stubs.values():
        stub.assert_no_pending_responses()


def test_the_template_has_these_outputs() -> None:
    _, outputs = (ROOT / "template.yaml").read_text().split("\nOutputs:\n")
    assert all(f"  {name}:\n" in outputs for name in OUTPUTS)


def ask(account: Account) -> Any:
    return account.invoke("AdminFunction", {"command": "list"})


@pytest.mark.parametrize(
    "state", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED", "IMPORT_COMPLETE"]
)
def test_the_function_of_the_outputs_is_invoked(account: Account, state: str) -> None:
    account.has_stack(state)
    account.answers(b'{"ok": true, "result": []}')
    assert ask(account) == {"ok": True, "result": []}


@pytest.mark.parametrize(
    "state",
    [
        "CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED",
        "DELETE_IN_PROGRESS", "DELETE_FAILED", "DELETE_COMPLETE", "REVIEW_IN_PROGRESS",
    ],
)  # fmt: skip
def test_a_stack_that_is_half_made_is_not_used(account: Account, state: str) -> None:
    account.has_stack(state, {})
    with pytest.raises(AwsError, match=rf"^--stack-name: spring is not usable, its state is {state}\.$"):
        ask(account)


def test_another_stack_is_no_deployment(account: Account) -> None:
    account.has_stack(outputs={"ApiUrl": "https://api", "JoinFunction": "j"})
    with pytest.raises(AwsError, match=r"^--stack-name: spring has no output AdminFunction: not this project"):
        ask(account)


def test_a_stack_that_does_not_exist_may_be_in_another_region(account: Account) -> None:
    account.refuses("cloudformation", "describe_stacks", "ValidationError", "Stack with id spring does not exist")
    with pytest.raises(AwsError, match=r"no stack spring in eu-central-1 .* --region chooses another"):
        ask(account)


SENTENCES = {
    "ExpiredToken": "The AWS credentials have expired; log in again.",
    "ExpiredTokenException": "The AWS credentials have expired; log in again.",
    "UnrecognizedClientException": "AWS does not accept the credentials; check --profile, or log in again.",
    "InvalidClientTokenId": "AWS does not accept the credentials; check --profile, or log in again.",
    "Throttling": "AWS refuses DescribeStacks (Throttling): No.",
}


@pytest.mark.parametrize(("code", "sentence"), SENTENCES.items(), ids=SENTENCES)
def test_what_aws_refuses_is_a_sentence(account: Account, code: str, sentence: str) -> None:
    account.refuses("cloudformation", "describe_stacks", code)
    with pytest.raises(AwsError) as refused:
        ask(account)
    assert str(refused.value) == sentence


def test_a_permission_that_lacks_is_named(account: Account) -> None:
    account.has_stack()
    account.refuses("lambda", "invoke", "AccessDeniedException")
    with pytest.raises(AwsError, match=r"^The AWS credentials do not permit Invoke\.$"):
        ask(account)


@pytest.mark.parametrize("content", [b'{"errorType": "Sandbox.Timedout"}', b"[]"], ids=str)
def test_a_function_that_fails_may_have_done_its_work(account: Account, content: bytes) -> None:
    account.has_stack()
    account.answers(content, FunctionError="Unhandled")
    with pytest.raises(AwsError, match=r"^spring-admin failed with .*, and whether the command was carried out is unk"):
        ask(account)


def test_an_answer_that_is_no_json_is_a_sentence(account: Account) -> None:
    account.has_stack()
    account.answers(b"{")
    with pytest.raises(AwsError, match=r"^spring-admin returned something other than JSON\.$"):
        ask(account)


def test_the_caller_is_an_arn(account: Account) -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/operators/kim"
    account.stubs["sts"].add_response("get_caller_identity", {"Arn": arn})
    assert account.caller == arn


@pytest.mark.parametrize("is_warm", [True, False])
def test_the_state_has_version_environments_and_raised_alarms(account: Account, *, is_warm: bool) -> None:
    account.has_stack()
    functions, of_join = account.stubs["lambda"], {"FunctionName": "spring-join"}
    functions.add_response("get_alias", {"FunctionVersion": "12"}, {**of_join, "Name": "live"})
    if is_warm:
        warm = {
            "RequestedProvisionedConcurrentExecutions": 50,
            "AvailableProvisionedConcurrentExecutions": 49,
        }
        functions.add_response("get_provisioned_concurrency_config", warm, {**of_join, "Qualifier": "live"})
    else:
        account.refuses("lambda", "get_provisioned_concurrency_config", "ProvisionedConcurrencyConfigNotFoundException")
    alarms = [{"AlarmName": name} for name in ("spring-PersistErrors", "spring-dev-JoinErrors", "spring-JoinSlow")]
    wanted = {"AlarmNamePrefix": "spring-", "StateValue": "ALARM"}
    account.stubs["cloudwatch"].add_response("describe_alarms", {"MetricAlarms": alarms}, wanted)
    assert account.status() == {
        "stack": "spring",
        "region": "eu-central-1",
        "state": "UPDATE_COMPLETE",
        "changedAt": "2026-12-01T00:00:00Z",
        "api": "https://api",
        "version": "12",
        "warmEnvironments": {"wanted": 50, "ready": 49} if is_warm else {"wanted": 0, "ready": 0},
        "alarms": ["JoinSlow", "PersistErrors"],
    }


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (aws.ReadTimeoutError(endpoint_url="https://x"), "whether the command was carried out is unknown"),
        (aws.EndpointConnectionError(endpoint_url="https://x"), "AWS cannot be asked"),
        (aws.TokenRetrievalError(provider="sso", error_msg="x"), "The AWS login has expired"),
        (aws.PartialCredentialsError(provider="env", cred_var="x"), "There are no AWS credentials"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_never_reaches_aws_is_a_sentence(account: Account, raised: Exception, said: str) -> None:
    account.has_stack()

    def fail(**_: object) -> None:
        raise raised

    account.stubs["lambda"].deactivate()
    account.clients["lambda"].meta.events.register("before-call.lambda.Invoke", fail)
    with pytest.raises(AwsError, match=said):
        ask(account)


def test_no_credentials_are_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--stack-name", "spring", "events", "list"]) == 3
    assert_one_sentence(capsys, "There are no AWS credentials")


def test_no_region_is_a_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    assert run(["--stack-name", "spring", "status"]) == 3
    assert_one_sentence(capsys, "--region")


@pytest.mark.parametrize("words", [["--profile", "nobody"], []], ids=["option", "environment"])
def test_a_profile_that_does_not_exist_is_named(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not words:
        monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("EVENTRUSH_STACK", "spring")
    assert run([*words, "report", "e"]) == 3
    assert_one_sentence(capsys, "nobody")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        *((["--stack-name", "spring", word], f"`{word}` is for this machine only") for word in ("up", "demo", "serve")),
        (["--stack-name", "1-spring", "events", "list"], "cannot be a stack's name"),
        (["--profile", "prod", "events", "list"], "--profile is for --stack-name"),
        (["--region", "us-east-1", "events", "list"], "--region is for --stack-name"),
        (["--stack-name", "spring", "rush", "--event", "e"], "--event"),
        (["--stack-name", "spring", "rush", "--url", "http://127.0.0.1"], "--url"),
        (["events", "schedule", "e"], "--opens or --closes is required"),
        (["events", "schedule", "e", "--opens", "soon"], "--opens: 'soon' is no time"),
        (["events", "schedule", "e", "--closes", "2026-12-01T12:00:00"], "--closes: a time needs its zone"),
        (
            ["events", "schedule", "e", "--opens", "2099-12-01T12:00:00Z", "--closes", "2099-12-01T12:00:00Z"],
            "--closes: must be after --opens",
        ),
        (["events", "create", "e", "--closes", "2026-01-01T12:00:00Z"], "--closes: is over"),
        (["events", "rename", "e", " "], "name: "),
        (["events", "export", "e", "--format", "xml"], "--format"),
        (["events", "log", "Nope"], "an event's id is"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    assert_one_sentence(capsys, said)
