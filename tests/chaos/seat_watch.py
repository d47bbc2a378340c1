"""What an operator sees at the gate during a rush: which seats a rebuild frees, returns or reclaims."""

import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from typing import Final, NamedTuple, Self

from cli.judge import Row
from cli.order import Explanation, Reason
from eventrush.errors import EventrushError
from eventrush.gate.gate import Gate
from eventrush.models import EventFacts
from eventrush.settings import GateSettings

_EVERY_S: Final = 0.03


class _Epoch(NamedTuple):
    """When an epoch was first seen on the monotonic clock, and the gate's time when an older one was last seen."""

    seen_at: float
    began_after: datetime


class SeatWatch:
    """Looks at an event in the gate again and again, and lists what can explain an inversion.

    A seat that is freed and given again between two looks is not listed: the judge then reports an inversion.
    """

    def __init__(self) -> None:
        """Start without a look."""
        self._facts: EventFacts | None = None
        self._looked_at = -inf
        self._free: set[int] = set()
        self._found: list[Explanation] = []
        self._epochs: dict[int, _Epoch] = {}

    @classmethod
    @contextmanager
    def on(cls, settings: Mapping[str, str], event_id: str) -> Iterator[Self]:
        """Watch an event beside the block."""
        gate = Gate.connect(GateSettings.from_env(settings))
        watch = cls()
        ended = threading.Event()
        thread = threading.Thread(target=watch._run, args=(gate, event_id, ended), name="seat-watch")
        thread.start()
        try:
            yield watch
        finally:
            ended.set()
            thread.join()
            gate.close()

    def explanations(self, rows: Collection[Row]) -> list[Explanation]:
        """Return what was seen, and the seats of rows whose request is older than their epoch."""
        reclaimed = [
            Explanation(Reason.RECLAIMED, range(row.seat_no, row.seat_no + 1), ended_at=epoch.seen_at)
            for row in rows
            if (epoch := self._epochs.get(row.epoch))
            and row.request_time
            and row.request_time.replace(tzinfo=UTC) < epoch.began_after
        ]
        return [*self._found, *reclaimed]

    def _run(self, gate: Gate, event_id: str, ended: threading.Event) -> None:
        while not ended.wait(_EVERY_S):
            looked_at = time.monotonic()
            try:
                facts, free = gate.facts(event_id), set(gate.free_seats(event_id))
            except EventrushError:
                continue  # the gate is lost or does not answer
            if facts:
                self.note(facts, free, looked_at, time.monotonic())

    def note(self, facts: EventFacts, free: set[int], looked_at: float, now: float) -> None:
        """Compare a look, which took from `looked_at` to `now`, with the one before."""
        before = self._facts
        if before and facts.changing and facts.event.epoch == before.event.epoch:
            # Until the change counts, nobody gets an added seat, and some are told that all seats are taken.
            facts = replace(facts, event=replace(facts.event, capacity=before.event.capacity))
        self._facts = facts
        if before and facts.event.epoch > before.event.epoch:
            self._free = set()
            self._epochs[facts.event.epoch] = _Epoch(now, before.server_time)
            self._list(Reason.RETURNED, range(facts.issued + 1, facts.event.capacity + 1), now)
        elif before:
            self._list(Reason.ADDED, range(before.event.capacity + 1, facts.event.capacity + 1), now)
        for seat_no in sorted(free - self._free):
            self._list(Reason.FREED, range(seat_no, seat_no + 1), now)
        self._free = free
        self._looked_at = looked_at

    def _list(self, reason: Reason, seats: range, now: float) -> None:
        if seats:
            self._found.append(Explanation(reason, seats, self._looked_at, now))
