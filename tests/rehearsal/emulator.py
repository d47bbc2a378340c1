"""AWS as ministack emulates it, without Docker: a process on a free port of this machine, with all data in a folder."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ROOT: Final = Path(__file__).parents[2]
STUBS: Final = Path(__file__).parent / "stubs.py"
BUCKET: Final = "packaged"
CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_START_S: Final = 60
_OPERATION_S: Final = 60
_POLL_S: Final = 0.05

type Json = dict[str, Any]


class RefusedError(Exception):
    """CloudFormation refused a change set, with this sentence."""


@dataclass(frozen=True)
class Emulator:
    """A running emulator."""

    url: str
    folder: Path

    def client(self, service: str) -> Any:
        """Return boto3's client of a service."""
        return boto3.client(service, endpoint_url=self.url)  # type: ignore[call-overload]

    def upload(self, file: Path) -> str:
        """Store a packaged template and return its URL."""
        self.client("s3").upload_file(str(file), BUCKET, file.name)
        return f"{self.url}/{BUCKET}/{file.name}"

    def deploy(self, stack: str, template_url: str, parameters: Mapping[str, str]) -> Json:
        """Deploy with these parameters over the defaults, as `sam deploy` does; return the stack.

        Raises RefusedError if CloudFormation refuses the parameters.
        """
        cloudformation = self.client("cloudformation")
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        try:
            change = cloudformation.create_change_set(
                StackName=stack,
                ChangeSetName=f"rehearsal-{time.time_ns()}",
                ChangeSetType="UPDATE" if self.status(stack) else "CREATE",
                TemplateURL=template_url,
                Parameters=given,
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
        except ClientError as error:
            raise RefusedError(error.response["Error"]["Message"]) from error
        cloudformation.execute_change_set(ChangeSetName=change["Id"])
        return self._settled(change["StackId"])

    def delete(self, stack: str) -> Json:
        """Delete a stack; return what is left of it."""
        cloudformation = self.client("cloudformation")
        stack_id = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=stack)
        return self._settled(stack_id)

    def status(self, stack: str) -> str | None:
        """Return the status of a stack, or None if there is none."""
        summaries = self.client("cloudformation").list_stacks()["StackSummaries"]
        statuses = {one["StackName"]: str(one["StackStatus"]) for one in summaries}
        status = statuses.get(stack, "DELETE_COMPLETE")
        return None if status in {"DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"} else status

    def events(self, stack_id: str) -> list[str]:
        """Return the reasons in a stack's events, the newest first."""
        events = self.client("cloudformation").describe_stack_events(StackName=stack_id)["StackEvents"]
        return [event["ResourceStatusReason"] for event in events if event.get("ResourceStatusReason")]

    def resources(self) -> list[Json]:
        """Return every resource that was created or updated so far, with its resolved properties."""
        return [json.loads(line) for line in (self.folder / "resources.jsonl").read_text().splitlines()]

    def latest(self, logical_id: str) -> Json:
        """Return the properties with which a resource was created or updated last."""
        found: list[Json] = [one["properties"] for one in self.resources() if one["logicalId"] == logical_id]
        return found[-1]

    def _settled(self, stack_id: str) -> Json:
        give_up_at = time.monotonic() + _OPERATION_S
        while time.monotonic() < give_up_at:
            stack: Json = self.client("cloudformation").describe_stacks(StackName=stack_id)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
            time.sleep(_POLL_S)
        raise TimeoutError(f"The stack is still {stack['StackStatus']}.")


@contextmanager
def running(folder: Path) -> Iterator[Emulator]:
    """Start an emulator; stop it at the end, however that comes."""
    tools = sorted((ROOT / ".local" / "tools").glob("ministack-*/bin/python"))
    if not tools:
        raise FileNotFoundError("ministack is not installed; `local/setup.sh ministack` installs it.")
    (folder / "resources.jsonl").touch()
    port = _free_port()
    with (
        (folder / "ministack.log").open("w") as log,
        subprocess.Popen(  # noqa: S603 our own script
            [tools[-1], STUBS], env=_environment(folder, port), stdin=subprocess.PIPE, stdout=log, stderr=log
        ) as process,
    ):
        try:
            # Not 127.0.0.1, which the clients would not put a bucket's name in front of.
            emulator = Emulator(f"http://localhost:{port}", folder)
            _await(emulator, process)
            yield emulator
        finally:
            process.kill()


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": "123456789012",
        # Off: listeners on fixed ports.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent",
        "TMPDIR": str(folder),
        "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"),
        "RESOURCES": str(folder / "resources.jsonl"),
    }


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _await(emulator: Emulator, process: "subprocess.Popen[bytes]") -> None:
    give_up_at = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < give_up_at:
        try:
            emulator.client("s3").create_bucket(Bucket=BUCKET)
        except (BotoCoreError, ClientError):
            time.sleep(_POLL_S)
        else:
            return
    raise RuntimeError(f"ministack did not start: {(emulator.folder / 'ministack.log').read_text()[-2000:]}")
