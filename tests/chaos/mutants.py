"""Faulty implementations of join, whose faults the judge must report; each `…_handler` is a Lambda handler."""

import os
import time
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any, Final, cast
from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush import timestamps
from eventrush.gate import codec
from eventrush.gate.gate import Gate
from eventrush.models import Entry, EntryStatus, EventFacts, Outcome, Verdict
from eventrush.settings import StreamSettings
from eventrush.stream.publisher import StreamPublisher
from join import handler
from join.dependencies import Dependencies, dependencies

# A prime, so that each value of the counter leads to another seat.
_STRIDE: Final = 7919
_COUNTER: Final = "redis.call('HINCRBY', KEYS[1], 'issued', 1)"
# What a busy network puts between two calls (seconds).
_BETWEEN_S: Final = 0.01


class TwoStepGate:
    """Reads how many seats are left and takes one in a second call."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def recall(self, _event_id: str, _user_id: str) -> Outcome | None:
        return None

    def claim(self, event_id: str, user_id: str, attempt_id: str) -> Outcome:
        family = codec.event_keys(event_id)
        known = self._gate.entry(event_id, user_id)
        if known:
            own = known.entry.attempt_id == attempt_id
            return Outcome(Verdict.SUCCESS if own else Verdict.DUPLICATE, known.entry, known.pending)
        with self._gate.scripts.client() as client:
            issued, capacity = map(int, client.hmget(family.rules, "issued", "capacity"))
            if issued >= capacity:
                return Outcome(Verdict.LIMIT_EXCEEDED)
            time.sleep(_BETWEEN_S)
            seat_no = client.hincrby(family.rules, "issued", 1)
            now_us = time.time_ns() // 1000
            client.hset(family.entries, user_id, f"{seat_no}:{now_us}:1:{attempt_id}")
            client.zadd(family.pending, {user_id: now_us})
        entry = Entry(event_id, user_id, seat_no, timestamps.from_us(now_us), 1, attempt_id)
        return Outcome(Verdict.SUCCESS, entry, pending=True, must_publish=True)

    def entry(self, event_id: str, user_id: str) -> EntryStatus | None:
        return self._gate.entry(event_id, user_id)

    def facts(self, event_id: str) -> EventFacts | None:
        return self._gate.facts(event_id)


class GateOfStrangers:
    """Remembers refusals, and answers from memory as if no user were a winner."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.claim = gate.claim
        self.entry = gate.entry
        self.facts = gate.facts

    def recall(self, event_id: str, _user_id: str) -> Outcome | None:
        return self._gate.recall(event_id, f"stranger-{uuid4().hex}")


class UnacknowledgedPublisher:
    """Confirms the entry and sends it without waiting for Kafka's acknowledgement."""

    def __init__(self, gate: Gate, publisher: StreamPublisher) -> None:
        self._gate = gate
        self._publisher = publisher

    def publish(self, entry: Entry) -> None:
        self._gate.confirm(entry.event_id, [entry.user_id])
        self._publisher.publish_all([entry], timeout_s=0)


def scatter_seats(gate: Gate) -> None:
    """Have claim.lua give the free seats in an order that looks random; nothing else changes."""
    source = resources.files("eventrush.gate").joinpath("claim.lua").read_text()
    scattered = f"1 + ({_COUNTER} * {_STRIDE}) % redis.call('HGET', KEYS[1], 'capacity')"
    if _COUNTER not in source:
        raise ValueError(f"claim.lua does not take seats by {_COUNTER} any more.")
    with gate.scripts.client() as client:
        gate.scripts._scripts["claim"] = client.register_script(source.replace(_COUNTER, scattered))  # noqa: SLF001


@cache
def _scattered() -> Dependencies:
    deps = dependencies()
    scatter_seats(cast(Gate, deps.gate))
    return deps


@cache
def _two_step() -> Dependencies:
    deps = dependencies()
    return replace(deps, gate=TwoStepGate(cast(Gate, deps.gate)))


@cache
def _strangers() -> Dependencies:
    deps = dependencies()
    return replace(deps, gate=GateOfStrangers(cast(Gate, deps.gate)))


@cache
def _unacknowledged() -> Dependencies:
    deps = dependencies()
    publisher = StreamPublisher.connect(StreamSettings.from_env(os.environ))
    return replace(deps, publisher=UnacknowledgedPublisher(cast(Gate, deps.gate), publisher))


def two_step_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Join at a gate that checks and takes in two calls."""
    return handler.handle(event, context, _two_step())


def strangers_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Join at a gate that answers winners from memory too."""
    return handler.handle(event, context, _strangers())


def unacknowledged_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Join and reply before Kafka has acknowledged the entry."""
    return handler.handle(event, context, _unacknowledged())


def scattered_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Join at a gate that gives any free seat, in one script and each seat once."""
    return handler.handle(event, context, _scattered())


def keyless_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Join without regard to the Idempotency-Key, so that a retry is another attempt."""
    headers = {name: value for name, value in event["headers"].items() if name != "idempotency-key"}
    return handler.lambda_handler({**event, "headers": headers}, context)
