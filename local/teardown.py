"""Delete a stack of samconfig.toml with everything that it retains: `python -m local.teardown dev`.

Only what Size=dev deployed: the data of others is worth the steps by hand.
"""

import re
import sys
import time
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from local.deployment import configured
from local.exceptions import TemplateError

_HOUR_S: Final = 3600
_POLL_S: Final = 10.0


def stack_name(environment: str) -> str:
    """Return the name of an environment's stack; raises TemplateError if it is none to delete."""
    stack, parameters = configured(environment)
    if parameters.get("Size") != "dev":
        raise TemplateError(
            f"{environment} is not deployed with Size=dev: docs/operations.md has the steps to delete it."
        )
    return stack


def delete(session: Any, stack: str, *, poll_s: float = _POLL_S) -> list[str]:
    """Delete the stack, then the stacks that it retains, the newest first; return their names in this order."""
    cloudformation = session.client("cloudformation")
    deleted = []
    if stack in {one["StackName"] for one in _stacks(cloudformation)}:
        _delete_stack(cloudformation, stack, poll_s)
        deleted.append(stack)
    retained = [one for one in _stacks(cloudformation) if re.match(rf"{re.escape(stack)}-\w+Stack-", one["StackName"])]
    for one in sorted(retained, key=lambda one: one["CreationTime"], reverse=True):
        resources = cloudformation.describe_stack_resources(StackName=one["StackName"])["StackResources"]
        ids = {kind: [r["PhysicalResourceId"] for r in resources if r["ResourceType"] == kind] for kind in _RETAINED}
        # First, because neither the configuration nor the groups can be deleted while a cluster uses them.
        for arn in ids["AWS::MSK::Cluster"]:
            _delete_cluster(session.client("kafka"), arn, poll_s)
        _delete_stack(cloudformation, one["StackName"], poll_s)
        for group in ids["AWS::EC2::SecurityGroup"]:
            _ignoring(
                "InvalidGroup.NotFound", lambda group=group: session.client("ec2").delete_security_group(GroupId=group)
            )
        deleted.append(one["StackName"])
    return deleted


_RETAINED: Final = ("AWS::MSK::Cluster", "AWS::EC2::SecurityGroup")


def _stacks(cloudformation: Any) -> list[dict[str, Any]]:
    pages = cloudformation.get_paginator("list_stacks").paginate()
    return [one for page in pages for one in page["StackSummaries"] if one["StackStatus"] != "DELETE_COMPLETE"]


def _delete_stack(cloudformation: Any, name: str, poll_s: float) -> None:
    stack_id = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=name)
    wait = {"Delay": poll_s, "MaxAttempts": int(_HOUR_S / poll_s)}
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack_id, WaiterConfig=wait)


def _delete_cluster(kafka: Any, arn: str, poll_s: float) -> None:
    _ignoring("NotFoundException", lambda: kafka.delete_cluster(ClusterArn=arn))
    give_up_at = time.monotonic() + _HOUR_S
    while time.monotonic() < give_up_at and _ignoring(
        "NotFoundException", lambda: kafka.describe_cluster(ClusterArn=arn)
    ):
        time.sleep(poll_s)


def _ignoring(code: str, call: Any) -> Any:
    """Return the result of a call, or None where AWS answers with this error."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return None


def main(environment: str) -> int:
    """Ask, then delete; return the exit status."""
    try:
        stack = stack_name(environment)
        session = boto3.Session()
        sys.stderr.write(f"This deletes {stack}, its network and its data in {session.region_name}.\n")
        sys.stderr.write(f"Snapshots of Redis and MySQL are kept. To go on, type {stack}: ")
        if sys.stdin.readline().strip() != stack:
            sys.stderr.write("Nothing was deleted.\n")
            return 1
        for name in delete(session, stack):
            sys.stderr.write(f"Deleted {name}.\n")
    except TemplateError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except (BotoCoreError, ClientError, WaiterError) as error:
        sys.stderr.write(f"{' '.join(str(error).split())} What was deleted is gone; run it again to go on.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
