"""One client after another at an API that may be having an outage."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple
from urllib.parse import urlsplit

from eventrush import stream
from eventrush.errors import LedgerError
from eventrush.settings import StreamSettings
from eventrush.stream import Span
from local.stack import Stack
from tests.chaos.rush.system import System

_LONGEST_S = 30.0


class Visit(NamedTuple):
    """What one client met: an HTTP status, and how long it took."""

    status: int
    took_s: float


@dataclass
class Visitor:
    """Clients of one event, each a user of its own; `won` counts the seats promised."""

    system: System
    event_id: str
    won: int = 0
    _users: "count[int]" = field(default_factory=count)

    def visit(self) -> Visit:
        """Join as another user, on a connection of its own."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection(urlsplit(self.system.front.url).netloc, timeout=10)
        headers = {"Content-Type": "application/json"}
        body = json.dumps({"userId": f"user-{next(self._users)}"})
        connection.request("POST", f"/api/events/{self.event_id}/join", body, headers)
        status = connection.getresponse().status
        connection.close()
        self.won += status in {200, 202}
        return Visit(status, time.perf_counter() - started)

    def crowd(self, number: int) -> None:
        """Have so many clients come at once."""
        with ThreadPoolExecutor(number) as clients:
            list(clients.map(lambda _turn: self.visit(), range(number)))

    def await_status(self, status: int) -> None:
        """Return when a client meets this status."""
        deadline = time.monotonic() + _LONGEST_S
        while self.visit().status != status:
            assert time.monotonic() < deadline, f"no client meets {status}"
            time.sleep(0.1)

    def await_rows(self) -> None:
        """Return when every promise is recorded, and only those."""
        deadline = time.monotonic() + _LONGEST_S
        while (recorded := self._recorded()) < self.won:
            assert time.monotonic() < deadline, f"{recorded} of {self.won} are recorded"
            time.sleep(0.1)
        assert recorded == self.won

    def _recorded(self) -> int:
        try:
            return len(self.system.rows(self.event_id))
        except LedgerError:
            return 0  # our own connection is from before the outage


def published(stack: Stack, visitor: Visitor) -> int:
    """Count the records of the event that ever came into the stream."""
    reader = stream.reader(StreamSettings.from_env(stack.environ))
    whole = [Span(span.partition, 0, span.end) for span in reader.spans()]
    return sum(f'"{visitor.event_id}"'.encode() in (record.value or b"") for record in reader.records(whole))
