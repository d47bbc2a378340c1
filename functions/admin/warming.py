"""Environments that are warm when an event opens: two schedules of EventBridge, and no deployment.

Provisioned concurrency belongs to the function, not to the event: of two events near each other, the later command and
the earlier cool-down win.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, Final, Self

from eventrush.errors import EventrushError
from eventrush.models import Event

# Lambda allocates some hundred environments in a few minutes.
WARM_BEFORE: Final = timedelta(minutes=15)
COOL_AFTER: Final = timedelta(minutes=30)
# A busy environment serves one request at a time: requests per second times p99 times a margin.
P99_S: Final = 0.1
MARGIN: Final = 1.5
# A schedule in the past would never run.
_SOON: Final = timedelta(minutes=1)
_ALIAS: Final = "live"


class WarmingError(EventrushError):
    """The event exists, but nothing warms up for it."""


def environments(expect: int) -> int:
    """Return how many environments serve so many requests per second."""
    return ceil(expect * P99_S * MARGIN)


@dataclass(frozen=True)
class Warming:
    """Writes schedules into a group, by the name of their event."""

    scheduler: Any
    group: str
    role_arn: str
    function: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self | None:
        """Return None where nothing can be warmed: on one machine, and with brokers that take no rush."""
        if not environ.get("WARMING_ROLE_ARN"):
            return None
        import boto3  # noqa: PLC0415 slow, and only this command needs it

        scheduler = boto3.client("scheduler")
        return cls(scheduler, environ["WARMING_GROUP"], environ["WARMING_ROLE_ARN"], environ["WARMING_FUNCTION"])

    def schedule(self, event: Event, expect: int, now: datetime | None = None) -> dict[str, Any]:
        """Warm up before the event opens and cool down after its rush; raises WarmingError if AWS refuses."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 as above

        if event.opens_at is None:
            raise WarmingError("The event has no opening time to warm up for.")
        now = now or datetime.now(UTC)
        warm_at = max(event.opens_at - WARM_BEFORE, now + _SOON)
        cool_at = max(event.opens_at + COOL_AFTER, warm_at + COOL_AFTER)
        alias = {"FunctionName": self.function, "Qualifier": _ALIAS}
        warm = {**alias, "ProvisionedConcurrentExecutions": environments(expect)}
        try:
            self._put(f"{event.event_id[:59]}-warm", warm_at, "putProvisionedConcurrencyConfig", warm)
            self._put(f"{event.event_id[:59]}-cool", cool_at, "deleteProvisionedConcurrencyConfig", alias)
        except (BotoCoreError, ClientError) as exc:
            raise WarmingError(f"The event is created, but its warm-up is not scheduled: {exc}") from exc
        return {"environments": environments(expect), "from": warm_at.isoformat(), "until": cool_at.isoformat()}

    def _put(self, name: str, at: datetime, operation: str, parameters: Mapping[str, Any]) -> None:
        self.scheduler.create_schedule(
            Name=name,
            GroupName=self.group,
            ScheduleExpression=f"at({at.astimezone(UTC):%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={
                "Arn": f"arn:aws:scheduler:::aws-sdk:lambda:{operation}",
                "RoleArn": self.role_arn,
                "Input": json.dumps(parameters),
            },
        )
