"""One client after another at an API that may be having an outage."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple
from urllib.parse import urlsplit

from eventrush.errors import LedgerError
from eventrush.settings import StreamSettings
from eventrush.stream.reader import Span, StreamReader
from local.servers import Stack
from tests.chaos.answers import OUTAGE
from tests.chaos.rush.system import System
from tests.waiting import until


class Visit(NamedTuple):
    """What one client met: an HTTP status, and how long it took."""

    status: int
    took_s: float


@dataclass
class Visitor:
    """Clients of one event, each a user of its own; `statuses` has what each was told."""

    system: System
    event_id: str
    statuses: dict[str, int] = field(default_factory=dict)
    _users: "count[int]" = field(default_factory=count)

    def visit(self) -> Visit:
        """Join as another user, on a connection of its own."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection(urlsplit(self.system.front.url).netloc, timeout=10)
        headers = {"Content-Type": "application/json"}
        user = f"user-{next(self._users)}"
        connection.request("POST", f"/api/events/{self.event_id}/join", json.dumps({"userId": user}), headers)
        status = connection.getresponse().status
        connection.close()
        self.statuses[user] = status
        return Visit(status, time.perf_counter() - started)

    @property
    def won(self) -> set[str]:
        """Name those who were promised a seat."""
        return {user for user, status in self.statuses.items() if status in {200, 202}}

    def crowd(self, number: int) -> None:
        """Have so many clients come at once."""
        with ThreadPoolExecutor(number) as clients:
            list(clients.map(lambda _turn: self.visit(), range(number)))

    def await_status(self, status: int) -> None:
        """Return when a client meets this status."""
        until(lambda: self.visit().status == status)

    def await_rows(self) -> None:
        """Return when every promise is recorded; beside them only seats that were taken unheard may be."""
        recorded = until(lambda: (found := self._recorded()) >= self.won and found)
        assert recorded <= {user for user, status in self.statuses.items() if status in {200, 202, OUTAGE}}

    def _recorded(self) -> set[str]:
        try:
            return {row.user_id for row in self.system.rows(self.event_id)}
        except LedgerError:
            return set()  # our own connection is from before the outage


def published(stack: Stack, visitor: Visitor) -> int:
    """Count the records of the event that ever came into the stream."""
    reader = StreamReader.connect(StreamSettings.from_env(stack.environ))
    whole = [Span(span.partition, 0, span.end) for span in reader.spans()]
    return sum(f'"{visitor.event_id}"'.encode() in (record.value or b"") for record in reader.records(whole))
