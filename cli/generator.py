"""The rush generator: so many attempts over so many connections from one process, and what each was told."""

import asyncio
import json
import math
import random
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from httptools import HttpParserError

from cli.contract import EXPECTED, Attempt, Reply, read_reply
from cli.http_connection import Connection

MAX_ATTEMPTS: Final = 1_000_000
MAX_CONCURRENCY: Final = 1_000
MAX_USERS: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Retry:
    """Repeat a try that was not settled, with the same key, until `deadline_s` after the attempt's turn."""

    deadline_s: float = 60.0
    first_pause_s: float = 0.05
    longest_pause_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """A rush on one event; `timeout_s` is one try's. With `retry` None each attempt is sent once.

    A user who has a token in `tokens` sends it.

    Without a rate each connection sends its next attempt when the last one is answered (a closed loop). With a rate,
    attempts are due so many a second whatever becomes of the others (an open loop). An attempt that is due while no
    connection is free waits for one, and its latency counts that.
    """

    url: str
    event_id: str
    attempts: Sequence[Attempt]
    concurrency: int = 50
    rate: float | None = None
    retry: Retry | None = None
    timeout_s: float = 15.0
    headers: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[int | str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Tally:
    """What became of a rush so far; times are seconds on the monotonic clock.

    `replies` holds every try in the order of its reply, `counts` the attempts by what they were told last.
    """

    replies: list[Reply] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    started_at: float = 0.0
    ended_at: float = 0.0

    def add(self, reply: Reply) -> None:
        """Count an attempt that ends with this reply."""
        self.replies.append(reply)
        self.counts[reply.result] += 1

    @property
    def answered(self) -> int:
        """Return how many attempts have ended."""
        return self.counts.total()

    @property
    def winners(self) -> int:
        """Return how many users were promised a seat."""
        return len({reply.user_id for reply in self.replies if reply.won})

    @property
    def other(self) -> int:
        """Return how many attempts ended with a reply that an open event does not give."""
        return sum(self.unexpected.values())

    @property
    def unexpected(self) -> dict[str, int]:
        """Return those attempts by what they were told, the most frequent first."""
        return {result: count for result, count in self.counts.most_common() if result not in EXPECTED}

    def verdicts(self) -> dict[str, int]:
        """Return the attempts by result, as reports show them."""
        return {
            "success": self.counts["SUCCESS"],
            "duplicate": self.counts["DUPLICATE"],
            "limitExceeded": self.counts["LIMIT_EXCEEDED"],
            "other": self.other,
        }

    def speed(self) -> dict[str, float]:
        """Return throughput and latencies, as reports show them."""
        p50, p95, p99 = self.percentiles_ms(50, 95, 99)
        return {
            "requestsPerS": round(self.requests_per_s, 1),
            "p50Ms": round(p50, 2),
            "p95Ms": round(p95, 2),
            "p99Ms": round(p99, 2),
        }

    @property
    def requests_per_s(self) -> float:
        """Return the throughput of the whole rush."""
        elapsed_s = self.ended_at - self.started_at
        return len(self.replies) / elapsed_s if elapsed_s > 0 else 0.0

    def percentiles_ms(self, *percents: int) -> list[float]:
        """Return latencies of tries, from when each was due, in ms by nearest rank; zeros where there are none."""
        latencies_s = sorted(array("d", (reply.answered_at - reply.due_at for reply in self.replies)))
        if not latencies_s:
            return [0.0] * len(percents)
        return [latencies_s[max(0, math.ceil(len(latencies_s) * percent / 100) - 1)] * 1000 for percent in percents]


def default_users(attempts: int) -> int:
    """Return nine users for ten attempts, so that some come twice."""
    return max(1, attempts * 9 // 10)


def crowd(attempts: int, users: int, seed: int) -> list[Attempt]:
    """Return attempts without keys by users 1 to `users`, in an order that the seed decides.

    Everyone comes as often as everyone else; with more users than attempts, each comes at most once.
    """
    rng = random.Random(seed)  # noqa: S311 - a repeatable order, no secret
    if users >= attempts:
        return [Attempt(user) for user in rng.sample(range(1, users + 1), attempts)]
    order = [Attempt(1 + turn % users) for turn in range(attempts)]
    rng.shuffle(order)
    return order


async def run(plan: Plan, tally: Tally) -> None:
    """Send every attempt and count every reply; a broken connection is counted, never raised."""
    turns = enumerate(plan.attempts)
    tally.started_at = tally.ended_at = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(min(plan.concurrency, len(plan.attempts))):
            group.create_task(_Client(plan, tally).take(turns))
    tally.ended_at = time.monotonic()


class _Client:
    """Sends one attempt after another on one connection, and opens another where that is closed."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._url = urlsplit(plan.url)
        path = f"{self._url.path}/api/events/{plan.event_id}/join"
        fields = {"Host": self._url.netloc, **plan.headers, "Content-Type": "application/json"}
        self._head = "\r\n".join((f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())))
        self._connection: Connection | None = None

    async def take(self, turns: Iterator[tuple[int, Attempt]]) -> None:
        """Send the attempts whose turn it is until none is left."""
        try:
            for turn, attempt in turns:
                due_at = time.monotonic()
                if self._plan.rate:
                    due_at = self._tally.started_at + turn / self._plan.rate
                    await asyncio.sleep(due_at - time.monotonic())
                self._tally.add(await self._decide(attempt, due_at))
        finally:
            if self._connection:
                self._connection.close()

    async def _decide(self, attempt: Attempt, due_at: float) -> Reply:
        """Return the last reply to an attempt; the tries before it are in the tally."""
        reply = await self._send(attempt, due_at)
        retry = self._plan.retry
        if retry is None:
            return reply
        pause_s = retry.first_pause_s
        while not reply.settled and time.monotonic() <= due_at + retry.deadline_s:
            self._tally.replies.append(reply)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1))  # noqa: S311 - jitter, no secret
            pause_s = min(2 * pause_s, retry.longest_pause_s)
            reply = await self._send(attempt, time.monotonic())
        return reply

    async def _send(self, attempt: Attempt, due_at: float) -> Reply:
        body = f'{{"userId": {json.dumps(attempt.user_id)}}}'
        key = f"\r\nIdempotency-Key: {attempt.key}" if attempt.key else ""
        if token := self._plan.tokens.get(attempt.user_id):
            key += f"\r\nAuthorization: Bearer {token}"
        request = f"{self._head}{key}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        sent_at = time.monotonic()
        deadline = sent_at + self._plan.timeout_s
        try:
            if self._connection is None or self._connection.closed:
                self._connection = await self._connect(deadline)
                sent_at = time.monotonic()
            status, content = await self._connection.ask(request, deadline)
        except (OSError, HttpParserError) as error:
            broken = type(error).__name__
            return Reply(str(attempt.user_id), attempt.key, 0, broken, None, None, sent_at, time.monotonic(), due_at)
        return read_reply(attempt, status, content, sent_at, time.monotonic(), due_at)

    async def _connect(self, deadline: float) -> Connection:
        tls = self._url.scheme == "https"
        port = self._url.port or (443 if tls else 80)
        async with asyncio.timeout_at(deadline):
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(Connection, self._url.hostname or "", port, ssl=tls)
        return connection
