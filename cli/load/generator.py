"""Send a rush: one process, as many connections as the plan says, each with one request on its way at most."""

import asyncio
import time
from collections.abc import Iterator

import aiohttp

from cli.load.contract import Answer, read
from cli.load.plan import Plan
from cli.load.tally import Tally

_TIMEOUT_S = 15


async def run(plan: Plan, tally: Tally) -> None:
    """Send every attempt and count every answer; what a connection does to an attempt is counted, never raised."""
    turns = enumerate(plan.order())
    connector = aiohttp.TCPConnector(limit=plan.concurrency)
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        tally.started_at = tally.ended_at = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for _ in range(min(plan.concurrency, plan.attempts)):
                group.create_task(_work(session, plan, turns, tally))
        tally.ended_at = time.monotonic()


async def _work(session: aiohttp.ClientSession, plan: Plan, turns: Iterator[tuple[int, int]], tally: Tally) -> None:
    path = f"{plan.url}/api/events/{plan.event_id}/join"
    headers = {"Content-Type": "application/json"}
    for turn, user_id in turns:
        if plan.rate:
            await asyncio.sleep(tally.started_at + turn / plan.rate - time.monotonic())
        asked_at = time.monotonic()
        try:
            async with session.post(path, data=b'{"userId":%d}' % user_id, headers=headers) as response:
                answer = read(response.status, await response.read(), user_id)
        except (aiohttp.ClientError, TimeoutError) as error:
            answer = Answer(type(error).__name__)
        tally.add(user_id, answer, time.monotonic() - asked_at)
