"""A handler that writes down each batch it was given, and fails as a file tells it to.

RECORDER_DIRECTORY has `batches.jsonl`, which it writes, and may have `plan.json`, which it reads before each batch:
`fail` raises, `fail_values` reports those records as failed, `answer` is returned as it is, `hang_s` waits first.
"""

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    directory = Path(os.environ["RECORDER_DIRECTORY"])
    plan = _plan(directory)
    records = [record for records in event["records"].values() for record in records]
    batch = {
        "pid": os.getpid(),
        "time": time.monotonic(),
        "bytes": len(json.dumps(event)),
        "function": context.function_name,
        "source": [event["eventSource"], event["eventSourceArn"], event["bootstrapServers"]],
        "records": [[one["partition"], one["offset"], base64.b64decode(one["value"]).decode()] for one in records],
    }
    _write(directory / "batches.jsonl", batch)
    time.sleep(plan.get("hang_s", 0))
    if plan.get("fail"):
        raise RuntimeError("told to fail")
    failed = [
        {"itemIdentifier": {"partition": f"{one['topic']}-{one['partition']}", "offset": one["offset"]}}
        for one in records
        if base64.b64decode(one["value"]).decode() in plan.get("fail_values", [])
    ]
    return plan.get("answer", {"batchItemFailures": failed})


def _plan(directory: Path) -> dict[str, Any]:
    try:
        plan: dict[str, Any] = json.loads((directory / "plan.json").read_text())
    except FileNotFoundError:
        return {}
    return plan


def _write(path: Path, batch: dict[str, Any]) -> None:
    """Append in one call, so that several processes can share the file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, json.dumps(batch).encode() + b"\n")
    os.close(descriptor)
