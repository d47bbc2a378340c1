"""What an environment remembers from pass to pass: whose turn it is, and what was issued."""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import count
from typing import Final


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
