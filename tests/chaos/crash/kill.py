"""The instants at which a process can be killed, as seen from outside."""

from collections.abc import Sequence
from typing import NamedTuple


class Kill(NamedTuple):
    """Where to die: the outward call by its name, and the side of it (before or after)."""

    call: str
    side: str


def instants(calls: Sequence[str]) -> list[Kill]:
    """Give every instant to die at: before the first call, and after each.

    After one call and before the next is the same instant to everyone else, so each call has both its sides.
    """
    return [Kill(calls[0], "before"), *(Kill(call, "after") for call in calls)]
