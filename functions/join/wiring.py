"""What the function depends on, made once an environment."""

import os
from dataclasses import dataclass
from functools import cache

from aws_lambda_powertools import Logger

from eventrush import gate, stream
from eventrush.errors import GateUnavailableError
from eventrush.settings import EventSettings, GateSettings, StreamSettings
from eventrush.stream import GuardedPublisher, Publisher
from join.service import Gate

logger = Logger()


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The gate, the stream, and the event that the short path joins."""

    gate: Gate
    publisher: Publisher
    default_event_id: str


@cache
def dependencies() -> Dependencies:
    """Connect from the environment; raises `SettingsError` naming the variable that is wrong."""
    settings = StreamSettings.from_env(os.environ)
    return Dependencies(
        gate=_connected(GateSettings.from_env(os.environ)),
        publisher=GuardedPublisher(stream.connect(settings), settings.breaker_reset_s),
        default_event_id=EventSettings.from_env(os.environ).default_event_id,
    )


def _connected(settings: GateSettings) -> Gate:
    """Make a gate that is connected; one that is away now is asked again by whoever joins."""
    made = gate.connect(settings)
    try:
        gate.warm_up(made)
    except GateUnavailableError as exc:
        logger.warning("the gate does not answer at init", exc_info=exc)
    return made
