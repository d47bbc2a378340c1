"""What must hold of a deployment: each check gives sentences about what does not."""

from collections.abc import Callable, Iterable
from typing import Final

from tests.template.checks import alarms, api, functions, mapping, permissions, retention, security_groups, stores
from tests.template.deployment import Deployment

type Check = Callable[[Deployment], Iterable[str]]

CHECKS: Final[tuple[Check, ...]] = (
    alarms.check,
    api.check,
    functions.check,
    mapping.check,
    permissions.check,
    retention.check,
    security_groups.check,
    stores.check,
)


def faults(deployed: Deployment) -> list[str]:
    """Give every fault of a deployment."""
    return [fault for check in CHECKS for fault in check(deployed)]
