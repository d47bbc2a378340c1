"""What an environment of samconfig.toml deploys, and whether it ever has as a whole."""

import tomllib
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from local import cloudformation
from local.errors import TemplateError
from local.template import PATH

CONFIG: Final = PATH.parent / "samconfig.toml"
_BEGUN: Final = {None, "REVIEW_IN_PROGRESS"}
_STOPPED: Final = {"CREATE_FAILED", "UPDATE_FAILED"}


@dataclass(frozen=True)
class Deployment:
    """The stack's name, and how much of the account's Lambda concurrency its functions reserve."""

    stack: str
    reserved: int


@dataclass(frozen=True)
class State:
    """Where a stack is; `new` where nothing of it is made, `whole` where there is something to roll back to."""

    new: bool
    whole: bool


def read(environment: str) -> Deployment:
    """Read what `sam deploy --config-env` would deploy; TemplateError, one sentence, where there is no such thing."""
    with CONFIG.open("rb") as file:
        configured: dict[str, Any] = tomllib.load(file)
    if "deploy" not in configured.get(environment, {}):
        raise TemplateError(f"samconfig.toml has no environment {environment}.")
    overrides = configured[environment]["deploy"]["parameters"].get("parameter_overrides", [])
    pairs = overrides.split() if isinstance(overrides, str) else overrides
    parameters = dict(pair.split("=", 1) for pair in pairs)
    resources = cloudformation.load(PATH, parameters)["Resources"].values()
    reserved = sum(int(one["Properties"].get("ReservedConcurrentExecutions", 0)) for one in resources)
    return Deployment(configured[environment]["global"]["parameters"]["stack_name"], reserved)


def state(client: Any, stack: str) -> State:
    """Ask CloudFormation's client where a stack is."""
    try:
        status = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
        status = None
    return State(new=status in _BEGUN, whole=status not in _BEGUN | _STOPPED)
