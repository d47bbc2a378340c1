"""Wrong on purpose: a gate that looks how many seats are left, and then takes one, in two calls."""

import time
from dataclasses import replace
from functools import cache
from typing import Any, Final, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush import timestamps
from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.models import Entry, EntryStatus, EventFacts, Outcome, Verdict
from join import handler
from join.dependencies import Dependencies, dependencies

# What a busy network puts between two calls (seconds).
_BETWEEN_S: Final = 0.01


class TwoStepGate:
    """First come, first served, most of the time."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def claim(self, event_id: str, user_id: str, attempt_id: str) -> Outcome:
        family = codec.event_keys(event_id)
        held = self._gate.entry(event_id, user_id)
        if held:
            own = held.entry.attempt_id == attempt_id
            return Outcome(Verdict.SUCCESS if own else Verdict.DUPLICATE, held.entry, held.pending)
        with self._gate.scripts.client() as client:
            issued, capacity = map(int, client.hmget(family.rules, "issued", "capacity"))
            if issued >= capacity:
                return Outcome(Verdict.LIMIT_EXCEEDED)
            time.sleep(_BETWEEN_S)
            seat_no = client.hincrby(family.rules, "issued", 1)
            now_us = time.time_ns() // 1000
            client.hset(family.entries, user_id, f"{seat_no}:{now_us}:{attempt_id}")
            client.zadd(family.pending, {user_id: now_us})
        entry = Entry(event_id, user_id, seat_no, timestamps.from_us(now_us), 1, attempt_id)
        return Outcome(Verdict.SUCCESS, entry, pending=True)

    def entry(self, event_id: str, user_id: str) -> EntryStatus | None:
        return self._gate.entry(event_id, user_id)

    def facts(self, event_id: str) -> EventFacts | None:
        return self._gate.facts(event_id)


@cache
def deps() -> Dependencies:
    right = dependencies()
    return replace(right, gate=TwoStepGate(cast(Gate, right.gate)))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Join at the two-step gate."""
    return handler.handle(event, context, deps())
