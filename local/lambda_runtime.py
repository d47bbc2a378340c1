"""What Lambda's runtime gives a function: environment variables, a context object, and invocations."""

import importlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from local.exceptions import FunctionError
from local.function import ACCOUNT, REGION, Function

_logger = logging.getLogger(__name__)

# Invokes one environment of a function: gives it an event, returns what it returned, raises FunctionError if it raised.
type Invoke = Callable[[dict[str, Any]], Any]


@dataclass(slots=True)  # frozen would cost a microsecond for each
class LambdaContext:
    """The context of one invocation; no time remains after `deadline` (monotonic seconds) or once `stopping` is set."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str
    deadline: float
    stopping: threading.Event = field(default_factory=threading.Event)
    function_version: ClassVar[str] = "$LATEST"
    log_stream_name: ClassVar[str] = "local"
    identity: ClassVar[None] = None
    client_context: ClassVar[None] = None

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
        return 0 if self.stopping.is_set() else max(0, int((self.deadline - time.monotonic()) * 1000))


def environment(function: Function, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a function's processes: `settings` override the template's, which override ours.

    An ARN of the template is left out unless `settings` has it: the resource does not exist here. Metrics are off
    unless POWERTOOLS_METRICS_DISABLED is set; on AWS they are log lines that CloudWatch collects.
    """
    return {
        **os.environ,
        "POWERTOOLS_METRICS_DISABLED": os.environ.get("POWERTOOLS_METRICS_DISABLED", "true"),
        "POWERTOOLS_TRACE_DISABLED": "true",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "_HANDLER": function.handler,
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",  # what a handler prints reaches the log at once
        **{name: value for name, value in function.environment.items() if not name.endswith("_ARN")},
        **settings,
    }


class HandlerInvoker:
    """Calls the handler in this process; importing it is the environment's init.

    With `ends`, an invocation that exceeds the function's Timeout ends the process by SIGALRM, as on Lambda. `stopping`
    is set when the process is to end.
    """

    def __init__(self, function: Function, *, ends: bool = False, stopping: threading.Event | None = None) -> None:
        module, name = function.handler.rsplit(".", 1)
        self._handler = getattr(importlib.import_module(module), name)
        self._function = function
        self._stopping = stopping or threading.Event()
        self._alarm_s = function.timeout_s if ends else 0

    def __call__(self, event: dict[str, Any]) -> Any:
        """Return what the handler returned; FunctionError when it raised, with the traceback in this process's log."""
        deadline = time.monotonic() + self._function.timeout_s
        context = LambdaContext(self._function.name, self._function.memory_mb, _request_id(), deadline, self._stopping)
        if self._alarm_s:
            signal.alarm(self._alarm_s)
        try:
            return self._handler(event, context)
        except Exception as error:  # as in Lambda's runtime, any exception of the handler fails its invocation only
            _logger.exception("%s raised", self._function.name)
            raise FunctionError(type(error).__name__) from error
        finally:
            if self._alarm_s:
                signal.alarm(0)


def _request_id() -> str:
    """Return a random UUID, for a third of the time that the standard library's takes."""
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
