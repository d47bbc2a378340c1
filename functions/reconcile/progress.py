"""How a pass gets through its events: whose turn it is, and the errors, each of which stays with its event."""

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from aws_lambda_powertools import Logger

from eventrush.errors import EventrushError, GateLostError
from eventrush.gate.gate import Gate
from eventrush.ledger.ledger import Ledger

logger = Logger()

_MAX_LISTED: Final = 20  # in a line of the log


@dataclass(slots=True)
class Progress:
    """The order in which events were served last, and their numbers of issued seats.

    It is kept in memory only. A new environment begins in random order: no event is always the last, even if every
    pass has an environment of its own, and there is no stored cursor to write at each pass.
    """

    shuffled: Callable[[Collection[str]], list[str]] = lambda event_ids: random.sample([*event_ids], len(event_ids))
    _turns: "Final[count[int]]" = field(default_factory=lambda: count(1))
    _served: Final[dict[str, int]] = field(default_factory=dict)
    _issued: Final[dict[str, int]] = field(default_factory=dict)

    def in_turn(self, event_ids: Collection[str]) -> list[str]:
        """Return these events, those that were never served first, then those served longest ago."""
        return sorted(self.shuffled(event_ids), key=lambda event_id: self._served.get(event_id, 0))

    def serve(self, event_id: str) -> None:
        """Record that it is this event's turn."""
        self._served[event_id] = next(self._turns)

    def note_issued(self, event_id: str, issued: int, settled: int) -> bool:
        """Record how many seats are issued; returns whether that changed since the last pass.

        In a new environment, it changed if it is not the number of `settled` seats.
        """
        before = self._issued.get(event_id, settled)
        self._issued[event_id] = issued
        return issued != before

    def forget_all_but(self, event_ids: Collection[str]) -> None:
        """Forget events that no longer exist."""
        for known in (self._served, self._issued):
            for event_id in known.keys() - set(event_ids):
                del known[event_id]


@dataclass(slots=True)
class Failures:
    """The errors of a pass by event; the next pass retries these events."""

    gate: Gate
    ledger: Ledger
    by_event: dict[str, EventrushError] = field(default_factory=dict)

    def add(self, event_ids: Sequence[str], error: EventrushError) -> None:
        """Log and record an error that concerns only these events."""
        named = {"eventId": event_ids[0]} if len(event_ids) == 1 else {"eventIds": event_ids[:_MAX_LISTED]}
        extra = {**named, "events": len(event_ids)}
        logger.error("events were not reconciled; the next pass retries", extra=extra, exc_info=error)
        self.by_event |= dict.fromkeys(event_ids, error)

    @contextmanager
    def of(self, *event_ids: str) -> Iterator[None]:
        """Record an error raised inside as one of these events; raise it if a server does not answer."""
        try:
            yield
        except EventrushError as exc:
            self.require_servers()
            self.add(event_ids, exc)

    def require_servers(self) -> None:
        """Raise unless gate and ledger answer, and the gate is still the server that the pass began with."""
        self.ledger.ping()
        if not self.gate.has_registry():
            raise GateLostError("The gate's server has changed; the next pass rebuilds its events.")
