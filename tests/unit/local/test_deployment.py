"""Where a stack is decides whether there is something to roll back to."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local import deployment


class CloudFormation:
    """A client that knows one stack by its status."""

    def __init__(self, status: str) -> None:
        self._status = status

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803 as AWS spells it
        return {"Stacks": [{"StackName": StackName, "StackStatus": self._status}]}


class Refusing:
    """A client whose credentials are not enough."""

    def describe_stacks(self, **_given: str) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "No."}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("status", "new_and_complete"),
    [
        ("REVIEW_IN_PROGRESS", (True, False)),
        ("CREATE_FAILED", (False, False)),
        ("UPDATE_FAILED", (False, False)),
        ("CREATE_COMPLETE", (False, True)),
        ("UPDATE_ROLLBACK_COMPLETE", (False, True)),
    ],
)
def test_a_stack_s_state(status: str, new_and_complete: tuple[bool, bool]) -> None:
    assert deployment.state(CloudFormation(status), "eventrush-dev") == new_and_complete


def test_a_refusal_is_not_taken_for_a_stack_that_is_not_there() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        deployment.state(Refusing(), "eventrush-dev")
