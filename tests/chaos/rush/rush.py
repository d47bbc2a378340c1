"""A rush of clients that never give up: each attempt has a key, and is tried again with it until it is answered."""

import asyncio
import json
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, NamedTuple, Self

import aiohttp

from tests.chaos import answers
from tests.chaos.answers import Heard

_TRY_S: Final = 5.0
_PATIENCE_S: Final = 60.0
_LONGEST_PAUSE_S: Final = 0.5


class Attempt(NamedTuple):
    """One client's attempt."""

    user_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Who comes, to which event of which API, on how many connections, how many a second, and with what headers."""

    url: str
    event_id: str
    attempts: Sequence[Attempt]
    connections: int = 100
    per_s: float = 500.0
    headers: Mapping[str, str] = field(default_factory=dict)
    again: bool = False


class Rush:
    """A rush under way in a thread of its own: `heard` grows, `answered` counts the attempts that are settled."""

    def __init__(self, plan: Plan) -> None:
        self.heard: list[Heard] = []
        self.answered = 0
        self._plan = plan
        self._underway = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="rush")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join()

    def await_underway(self) -> None:
        """Return when a fifth of the attempts are answered."""
        assert self._underway.wait(_PATIENCE_S), "the rush does not begin"

    async def _run(self) -> None:
        plan = self._plan
        turns = enumerate(plan.attempts)
        start = time.monotonic()
        connector = aiohttp.TCPConnector(limit=plan.connections)
        timeout = aiohttp.ClientTimeout(total=_TRY_S)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, headers=plan.headers) as session,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(plan.connections):
                group.create_task(self._client(session, turns, start))

    async def _client(self, session: aiohttp.ClientSession, turns: Iterator[tuple[int, Attempt]], start: float) -> None:
        for turn, attempt in turns:
            await asyncio.sleep(start + turn / self._plan.per_s - time.monotonic())
            await self._insist(session, attempt, start + turn / self._plan.per_s + _PATIENCE_S)
            self.answered += 1
            if self.answered * 5 >= len(self._plan.attempts):
                self._underway.set()

    async def _insist(self, session: aiohttp.ClientSession, attempt: Attempt, deadline: float) -> None:
        pause_s = 0.05
        while True:
            heard = await self._try(session, attempt)
            self.heard.append(heard)
            if heard.settled or time.monotonic() > deadline:
                return
            await asyncio.sleep(pause_s * random.uniform(0.5, 1))  # noqa: S311 no secret
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _try(self, session: aiohttp.ClientSession, attempt: Attempt) -> Heard:
        user_id, key = attempt
        url = f"{self._plan.url}/api/events/{self._plan.event_id}/join"
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            async with session.post(url, data=json.dumps({"userId": user_id}), headers=headers) as response:
                return answers.read(user_id, key, response.status, await response.json(), again=self._plan.again)
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            return Heard(user_id, key, 0, "", again=self._plan.again)
