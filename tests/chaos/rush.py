"""A rush with a fault in the middle, and everything asked again once it is over."""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Final

from cli.contract import Attempt, Reply
from cli.generator import Plan, Retry, Tally, run
from cli.judge import Row, judge
from eventrush.models import Event
from tests.chaos.results import Result
from tests.chaos.seat_watch import SeatWatch
from tests.chaos.system import System
from tests.waiting import until

_CAPACITY_SHARE: Final = 0.6
_USER_SHARE: Final = 0.75
_RATE: Final = 500.0
_LATER_RATE: Final = 2000.0
_TRY_S: Final = 5.0
_PATIENCE_S: Final = 60.0
_events = count(1)


def run_scenario(
    name: str,
    system: System,
    fault: Callable[[], None],
    *,
    attempts: int = 2000,
    connections: int = 100,
    headers: Mapping[str, str] | None = None,
    rules: Callable[[Event], Event] = lambda event: event,
    patience_s: float = _PATIENCE_S,
    user_share: float = _USER_SHARE,
    told: list[Reply] | None = None,
) -> Result:
    """Rush at an event and make the fault happen when a fifth of the attempts are answered.

    A third of the users try twice, and there are seats for three in five attempts. Clients repeat a try that failed
    until they get a verdict. Afterwards every winner asks again, one in ten with another key as well. Every reply of
    the rush is added to `told`.
    """
    event = rules(Event(f"chaos-{next(_events)}", name, int(attempts * _CAPACITY_SHARE)))
    system.admin.create(event)
    turns = _attempts(event.event_id, attempts, int(attempts * user_share))
    plan = Plan(
        system.api.url,
        event.event_id,
        turns,
        connections,
        rate=_RATE,
        retry=Retry(deadline_s=_PATIENCE_S),
        timeout_s=_TRY_S,
        headers=headers or {},
        tokens=system.signer.sign_all({turn.user_id for turn in turns}) if system.signer else {},
    )
    with SeatWatch.on(system.direct, event.event_id) as watch:
        with _rushing(plan) as rush:
            until(lambda: rush.answered * 5 >= attempts, _PATIENCE_S)
            fault()
            fault_ended_at = time.monotonic()
        won = [reply for reply in rush.replies if reply.won]
        system.await_settled(event.event_id, {Row(reply.seat_no or 0, reply.user_id) for reply in won}, patience_s)
        converge_s = time.monotonic() - fault_ended_at

        winners = [Attempt(reply.user_id, reply.key) for reply in won]
        others = [Attempt(user, f"{key}-other") for user, key in winners[::10]]
        with _rushing(replace(plan, attempts=[*dict.fromkeys(winners), *others], rate=_LATER_RATE)) as later:
            pass
    if told is not None:
        told += rush.replies
    _assert_contract_kept([*rush.replies, *later.replies])
    rows = system.rows(event.event_id)
    capacity = system.admin.show(event.event_id).event.capacity  # a fault may be a resize
    judgement = judge(later.replies, rows, capacity, during_faults=rush.replies, explanations=watch.explanations(rows))
    return Result.of(name, rush.replies, judgement, converge_s)


@contextmanager
def _rushing(plan: Plan) -> Iterator[Tally]:
    """Run a rush beside the block, to its end."""
    tally = Tally()
    thread = threading.Thread(target=lambda: asyncio.run(run(plan, tally)), name="rush")
    thread.start()
    try:
        yield tally
    finally:
        thread.join()


def _attempts(event_id: str, number: int, users: int) -> list[Attempt]:
    """Return attempts with a key each, in an order that is the same in every run."""
    rng = random.Random(event_id)  # noqa: S311 no secret
    turns = [*range(users), *(rng.randrange(users) for _ in range(number - users))]
    rng.shuffle(turns)
    return [Attempt(f"user-{user}", f"key-{turn}") for turn, user in enumerate(turns)]


def _assert_contract_kept(replies: Collection[Reply]) -> None:
    """Check that every try ended with a verdict, an outage or no reply; the generator would repeat anything else."""
    broken = [reply for reply in replies if 0 < reply.status < 500 and not reply.settled]
    assert not broken, broken[:3]
