"""The environment variables of a function's processes."""

import os
from collections.abc import Mapping

from local.context import REGION
from local.function import Function


def environment(function: Function, settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's variables, under the template's, under `settings` (a stack's, say).

    What names a resource by its ARN is left out unless `settings` has it: there is no such resource here. Metrics stay
    silent unless POWERTOOLS_METRICS_DISABLED says otherwise; on AWS they are log lines that CloudWatch takes away.
    """
    return {
        **os.environ,
        "POWERTOOLS_METRICS_DISABLED": os.environ.get("POWERTOOLS_METRICS_DISABLED", "true"),
        "POWERTOOLS_TRACE_DISABLED": "true",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "TZ": "UTC",
        "PYTHONUNBUFFERED": "1",  # what a handler prints is in the log when it was printed
        **{name: value for name, value in function.environment.items() if not name.endswith("_ARN")},
        **settings,
    }
