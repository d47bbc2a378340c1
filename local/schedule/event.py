"""The event that a schedule gives to a function, where the template has no Input."""

import json
import time
import uuid
from typing import Any

from local.context import ACCOUNT, REGION
from local.function import Schedule


def build(schedule: Schedule) -> dict[str, Any]:
    """Return the Input of the schedule, or EventBridge's own event with the time of now."""
    if schedule.event is not None:
        event: dict[str, Any] = json.loads(schedule.event)
        return event
    by_rule = schedule.source == "aws.events"
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": schedule.source,
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/local"],
        "detail": {} if by_rule else "{}",
    }
