"""One scenario: a rush, a fault in the middle of it, and everything asked again once all has settled."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Final

from eventrush.models import Event
from tests.chaos.rush.outcome import Outcome, outcome
from tests.chaos.rush.rush import Attempt, Plan, Rush
from tests.chaos.rush.system import System, promises

_CAPACITY_SHARE: Final = 0.6
_USER_SHARE: Final = 0.75
_events = count(1)


def suffer(
    scenario: str,
    system: System,
    fault: Callable[[], None],
    *,
    attempts: int = 2000,
    connections: int = 100,
    headers: Mapping[str, str] | None = None,
    rules: Callable[[Event], Event] = lambda event: event,
    patience_s: float = 60.0,
) -> Outcome:
    """Have a rush suffer a fault; some users come twice, and three in five of the attempts find a seat."""
    event = rules(Event(f"chaos-{next(_events)}", scenario, int(attempts * _CAPACITY_SHARE)))
    system.admin.create(event)
    comers = _attempts(event.event_id, attempts)
    plan = Plan(system.front.url, event.event_id, comers, connections, headers=headers or {})
    with Rush(plan) as rush:
        rush.await_underway()
        fault()
        over_at = time.monotonic()
    system.await_settled(event.event_id, promises(rush.heard), patience_s)
    converge_s = time.monotonic() - over_at

    winners = [Attempt(one.user_id, one.key) for one in rush.heard if one.won]
    others = [Attempt(user, f"{key}-other") for user, key in winners[::10]]
    with Rush(replace(plan, attempts=[*dict.fromkeys(winners), *others], per_s=2000.0, again=True)) as again:
        pass
    return outcome(scenario, event.capacity, [*rush.heard, *again.heard], system.rows(event.event_id), converge_s)


def _attempts(event_id: str, number: int) -> list[Attempt]:
    chance = random.Random(event_id)  # noqa: S311 the same order each time
    users = int(number * _USER_SHARE)
    comers = [*range(users), *(chance.randrange(users) for _ in range(number - users))]
    chance.shuffle(comers)
    return [Attempt(f"user-{user}", f"key-{turn}") for turn, user in enumerate(comers)]
