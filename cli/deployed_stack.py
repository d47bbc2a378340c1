"""A deployment on AWS: found by its CloudFormation stack, its functions invoked, its state shown."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import typer

from eventrush.errors import EventrushError

if TYPE_CHECKING:
    from boto3 import Session

_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9-]{0,127}")
# A stack whose first creation has not ended, or that is being deleted; an update leaves what was there at work.
_UNUSABLE: Final = ("CREATE_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_", "DELETE_", "REVIEW_")
_TIMEOUT_S: Final = 310  # of AdminFunction is 300
_EXPIRED: Final = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN_KEY: Final = {
    "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "IncompleteSignature",
}  # fmt: skip
_DENIED: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


class AwsError(EventrushError):
    """AWS, or the stack on AWS, does not do what was asked; the text is one sentence."""


@dataclass
class DeployedStack:
    """A CloudFormation stack of this project. Every method raises `AwsError`."""

    name: str
    profile: str | None = None
    region: str | None = None

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        return {one["OutputKey"]: one["OutputValue"] for one in self._description["Outputs"]}

    @cached_property
    def caller(self) -> str:
        """The ARN of whom the credentials belong to."""
        with self._sentences():
            return str(self._client("sts").get_caller_identity()["Arn"])

    def invoke(self, output: str, event: dict[str, Any]) -> Any:
        """Return what the function returns that an output names; it is never invoked twice."""
        name = self.outputs[output]
        with self._sentences():
            response = self._client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
            content = response["Payload"].read()
        try:
            answer = json.loads(content)
        except ValueError:
            raise AwsError(f"{name} returned something other than JSON.") from None
        if "FunctionError" in response:
            kind = answer.get("errorType", "an error") if isinstance(answer, dict) else "an error"
            raise AwsError(
                f"{name} failed with {kind}, and whether the command was carried out is unknown; see its log."
            )
        return answer

    def status(self) -> dict[str, Any]:
        """Return the stack's state, the version and warm environments of the API, and the alarms that are raised."""
        description = self._description
        changed_at = description.get("LastUpdatedTime") or description["CreationTime"]
        return {
            "stack": self.name,
            "region": self._session.region_name,
            "state": description["StackStatus"],
            "changedAt": changed_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "api": self.outputs["ApiUrl"],
            "version": self._version(),
            "warmEnvironments": self._warm_environments(),
            "alarms": self._alarms(),
        }

    def _version(self) -> str:
        with self._sentences():
            alias = self._client("lambda").get_alias(FunctionName=self.outputs["JoinFunction"], Name="live")
        return str(alias["FunctionVersion"])

    def _warm_environments(self) -> dict[str, int]:
        """Return how many environments stay warm by provisioned concurrency, and how many of them are ready."""
        functions = self._client("lambda")
        try:
            with self._sentences():
                found = functions.get_provisioned_concurrency_config(
                    FunctionName=self.outputs["JoinFunction"], Qualifier="live"
                )
        except _NotFoundError:
            return {"wanted": 0, "ready": 0}
        return {
            "wanted": found["RequestedProvisionedConcurrentExecutions"],
            "ready": found.get("AvailableProvisionedConcurrentExecutions", 0),
        }

    def _alarms(self) -> list[str]:
        """Return the names of the stack's alarms that are raised, without the stack's name."""
        prefix = f"{self.name}-"
        with self._sentences():
            pages = self._client("cloudwatch").get_paginator("describe_alarms")
            raised = pages.paginate(AlarmNamePrefix=prefix, StateValue="ALARM")
            names = [alarm["AlarmName"].removeprefix(prefix) for page in raised for alarm in page["MetricAlarms"]]
        # Alarms' own names have no hyphen: the others belong to a stack whose name begins with this one's.
        return sorted(name for name in names if "-" not in name)

    @cached_property
    def _description(self) -> Any:
        try:
            with self._sentences():
                [found] = self._client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        except _NotFoundError:
            region = self._session.region_name
            raise AwsError(
                f"--stack-name: there is no stack {self.name} in {region} for these credentials; --region chooses"
                " another region"
            ) from None
        if (state := str(found["StackStatus"])).startswith(_UNUSABLE):
            raise AwsError(f"--stack-name: {self.name} is not usable, its state is {state}.")
        names = {one["OutputKey"] for one in found.get("Outputs", ())}
        missing = {"AdminFunction", "JoinFunction", "ApiUrl"} - names
        if missing:
            raise AwsError(
                f"--stack-name: {self.name} has no output {min(missing)}: not this project, or an older one."
            )
        return found

    def _client(self, service: str) -> Any:
        from botocore.config import Config  # noqa: PLC0415

        # A command that is sent twice would be carried out twice: only reading is tried again.
        retries = {"total_max_attempts": 1} if service == "lambda" else {"mode": "standard", "total_max_attempts": 3}
        config = Config(connect_timeout=5, read_timeout=_TIMEOUT_S, tcp_keepalive=True, retries=retries)  # type: ignore[arg-type]
        with self._sentences():
            return self._session.client(service, config=config)  # type: ignore[call-overload]

    @cached_property
    def _session(self) -> "Session":
        import boto3  # noqa: PLC0415 slow, and only for a stack on AWS

        with self._sentences():
            # botocore itself does not read AWS_REGION, which the AWS command prefers.
            return boto3.Session(
                profile_name=self.profile, region_name=self.region or os.environ.get("AWS_REGION") or None
            )

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Translate what boto3 raises."""
        from botocore import exceptions as aws  # noqa: PLC0415

        try:
            yield
        except aws.ClientError as error:
            raise _sentence(error.response["Error"], error.operation_name) from error
        except aws.NoRegionError:
            raise AwsError("--region: no region is chosen; use it, AWS_REGION, or the profile's.") from None
        except aws.ProfileNotFound as error:
            raise AwsError(f"--profile: {error}.") from None
        except (aws.NoCredentialsError, aws.PartialCredentialsError):
            raise AwsError("There are no AWS credentials; use --profile, or log in as for the aws command.") from None
        except (aws.SSOError, aws.TokenRetrievalError, aws.UnauthorizedSSOTokenError):
            raise AwsError("The AWS login has expired; log in again.") from None
        except aws.ReadTimeoutError:
            raise AwsError("AWS did not answer in time, and whether the command was carried out is unknown.") from None
        except aws.BotoCoreError as error:
            raise AwsError(f"AWS cannot be asked: {' '.join(str(error).split())}") from error


class _NotFoundError(AwsError):
    """What was named does not exist."""


def _sentence(error: Any, operation: str) -> AwsError:
    code = error.get("Code", "an error")
    if code in _EXPIRED:
        return AwsError("The AWS credentials have expired; log in again.")
    if code in _UNKNOWN_KEY:
        return AwsError("AWS does not accept the credentials; check --profile, or log in again.")
    if code in _DENIED:
        return AwsError(f"The AWS credentials do not permit {operation}.")
    text = " ".join(str(error.get("Message", "")).split())
    if code in {"ResourceNotFoundException", "ProvisionedConcurrencyConfigNotFoundException"} or (
        code == "ValidationError" and "does not exist" in text
    ):
        return _NotFoundError(f"{operation}: {text}")
    return AwsError(f"AWS refuses {operation} ({code}): {text}")


_chosen: ContextVar[DeployedStack | None] = ContextVar("stack", default=None)


def choose(name: str | None, profile: str | None, region: str | None) -> None:
    """Let commands act on a stack, or on this machine where there is no name."""
    if name and not _NAME.fullmatch(name):
        raise typer.BadParameter(f"--stack-name: {name!r} cannot be a stack's name")
    _chosen.set(DeployedStack(name, profile, region) if name else None)


def chosen() -> DeployedStack | None:
    """Return the stack to act on; None is this machine."""
    return _chosen.get()
