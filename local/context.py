"""The context object that Lambda hands to a handler."""

import time
from dataclasses import dataclass

ACCOUNT = "123456789012"
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """One invocation's context; `deadline` is on the monotonic clock, in seconds."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str
    deadline: float
    function_version: str = "$LATEST"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None

    @property
    def invoked_function_arn(self) -> str:
        """Return an ARN of the right shape."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """Return the log group's name."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left of the function's Timeout, never below 0."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))
