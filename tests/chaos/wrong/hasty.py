"""Wrong on purpose: answers before Kafka has acknowledged, and leaves no pending entry behind."""

import os
from dataclasses import replace
from functools import cache
from typing import Any, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from eventrush.gate.gate import Gate
from eventrush.models import Entry
from eventrush.settings import StreamSettings
from eventrush.stream.publisher import StreamPublisher
from join import handler
from join.dependencies import Dependencies, dependencies


class HastyPublisher:
    """Sends and forgets."""

    def __init__(self, gate: Gate, publisher: StreamPublisher) -> None:
        self._gate = gate
        self._publisher = publisher

    def publish(self, entry: Entry) -> None:
        self._gate.confirm(entry.event_id, [entry.user_id])
        self._publisher.publish_all([entry], timeout_s=0)


@cache
def deps() -> Dependencies:
    right = dependencies()
    publisher = StreamPublisher.connect(StreamSettings.from_env(os.environ))
    return replace(right, publisher=HastyPublisher(cast(Gate, right.gate), publisher))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Join in haste."""
    return handler.handle(event, context, deps())
