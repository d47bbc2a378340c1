"""What an environment of samconfig.toml deploys, and whether the AWS account can take it.

`python -m local.deployment dev` reports the account on stderr, or in one sentence what is missing. What it prints on
stdout are more options for `sam deploy`.
"""

import sys
import tomllib
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local import cloudformation
from local.exceptions import TemplateError
from local.template import PATH

CONFIG: Final = PATH.parent / "samconfig.toml"

# Lambda keeps these for functions that reserve nothing, and refuses to reserve more than the rest.
UNRESERVABLE: Final = 100

_NO_CREDENTIALS: Final = "AWS credentials are needed: `aws configure`, or AWS_PROFILE naming a profile that exists."
_NOT_MADE: Final = {None, "REVIEW_IN_PROGRESS"}
_FAILED: Final = {"CREATE_FAILED", "UPDATE_FAILED"}


def configured(environment: str) -> tuple[str, dict[str, str]]:
    """Return the stack's name and the parameters that samconfig.toml sets. Raises TemplateError."""
    with CONFIG.open("rb") as file:
        environments: dict[str, Any] = tomllib.load(file)
    if "deploy" not in environments.get(environment, {}):
        raise TemplateError(f"samconfig.toml has no environment {environment or '(ENV= is missing)'}.")
    overrides = environments[environment]["deploy"]["parameters"].get("parameter_overrides", [])
    pairs = overrides.split() if isinstance(overrides, str) else overrides
    return environments[environment]["global"]["parameters"]["stack_name"], dict(pair.split("=", 1) for pair in pairs)


def read(environment: str) -> tuple[str, int]:
    """Return the stack's name and the Lambda concurrency that its functions reserve. Raises TemplateError."""
    stack, parameters = configured(environment)
    resources = cloudformation.load(PATH, parameters)["Resources"].values()
    reserved = sum(int(one["Properties"].get("ReservedConcurrentExecutions", 0)) for one in resources)
    return stack, reserved


def state(client: Any, stack: str) -> tuple[bool, bool]:
    """Return whether nothing of a stack exists, and whether it can be rolled back to, from CloudFormation's client."""
    try:
        status = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
        status = None
    return status in _NOT_MADE, status not in _NOT_MADE | _FAILED


def main(environment: str) -> int:
    """Report the account and the region, or what is missing; return the exit status."""
    try:
        session = boto3.Session()
        if session.region_name is None:
            return _missing("An AWS region is needed: AWS_REGION, or a region in the profile.")
        if session.get_credentials() is None:
            return _missing(_NO_CREDENTIALS)
        account = session.client("sts").get_caller_identity()["Account"]
        stack, reserved = read(environment)
        new, complete = state(session.client("cloudformation"), stack)
        limit = session.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    except TemplateError as error:
        return _missing(str(error))
    except ClientError as error:
        return _missing(f"AWS refuses these credentials ({error.response['Error']['Code']}, {error.operation_name}).")
    except BotoCoreError as error:
        return _missing(f"{_NO_CREDENTIALS} ({' '.join(str(error).split())})")
    # Once the functions exist, what they have reserved is no longer part of the limit.
    if new and limit < reserved + UNRESERVABLE:
        return _missing(
            f"Account {account} may run {limit} Lambda functions at once in {session.region_name}; {stack} needs"
            f" {reserved + UNRESERVABLE}: ask Service Quotas for more of Lambda's “Concurrent executions”."
        )
    sys.stderr.write(f"Deploying into account {account}, {session.region_name}.\n")
    if not complete:
        # There is nothing to roll back to: what exists stays, and the next deployment continues from there.
        sys.stdout.write("--disable-rollback\n")
    return 0


def _missing(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
