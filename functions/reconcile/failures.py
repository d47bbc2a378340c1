"""Errors by event: an error of one event stops no other, and a server that does not answer stops the pass."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from aws_lambda_powertools import Logger

from eventrush.errors import EventrushError, GateLostError
from reconcile.dependencies import Dependencies

logger = Logger()

_MAX_LISTED: Final = 20  # in a line of the log


@dataclass(slots=True)
class Failures:
    """The errors of a pass by event; the next pass retries these events."""

    deps: Dependencies
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
        self.deps.ledger.ping()
        if not self.deps.gate.has_registry():
            raise GateLostError("The gate's server has changed; the next pass rebuilds its events.")
