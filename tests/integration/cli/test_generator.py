"""The generator over real connections: a try that was not settled is repeated with its key, or counted as it is."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from cli.contract import Attempt
from cli.generator import Plan, Retry, Tally, run

ATTEMPTS = [Attempt(f"user-{number}", f"key-{number}") for number in range(20)]


@dataclass
class Api:
    """An API that does something else at each try of an attempt."""

    on_try: Callable[[web.Request, int], web.Response]
    tries: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    bodies: list[object] = field(default_factory=list)

    async def join(self, request: web.Request) -> web.Response:
        body = await request.json()
        user, key = str(body["userId"]), request.headers.get("Idempotency-Key", "")
        self.bodies.append(body["userId"])
        self.tries[user, key] += 1
        response = self.on_try(request, self.tries[user, key])
        return response if response.body else web.json_response({"result": "SUCCESS", "userId": user, "seatNo": 1})


def rush(api: Api, plan: Plan) -> Tally:
    async def serve_and_run() -> Tally:
        app = web.Application()
        app.router.add_post("/api/events/e/join", api.join)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        tally = Tally()
        await run(replace(plan, url=site.name), tally)
        await runner.cleanup()
        return tally

    return asyncio.run(serve_and_run())


def broken_at_first(request: web.Request, number: int) -> web.Response:
    """Break the connection at the first try, answer 503 at the second, and let the third win."""
    if number == 1:
        assert request.transport is not None
        request.transport.close()
    return web.Response(status=503, text="{}") if number < 3 else web.Response()


def test_an_attempt_is_repeated_with_its_key_until_it_is_settled() -> None:
    api = Api(broken_at_first)
    tally = rush(api, Plan("", "e", ATTEMPTS, 5, retry=Retry(first_pause_s=0.001)))
    assert tally.counts == {"SUCCESS": 20}
    assert set(api.tries.values()) == {3}
    assert len(tally.replies) == 60
    by_attempt = [[one.status for one in tally.replies if one.key == attempt.key] for attempt in ATTEMPTS]
    assert by_attempt == [[0, 503, 200]] * 20
    assert all(0 < reply.sent_at <= reply.answered_at for reply in tally.replies)


def test_an_attempt_is_given_up_at_its_deadline() -> None:
    tally = rush(
        Api(lambda _request, _number: web.Response(status=503, text="{}")),
        Plan("", "e", ATTEMPTS[:2], 2, retry=Retry(deadline_s=0.1, first_pause_s=0.01)),
    )
    assert tally.counts == {"HTTP 503": 2}
    assert len(tally.replies) > 4


def test_without_a_policy_each_attempt_is_sent_once() -> None:
    api = Api(broken_at_first)
    tally = rush(api, Plan("", "e", [Attempt(1), Attempt(2)], 2))
    assert tally.counts == {"ServerDisconnectedError": 2}
    assert sorted(map(str, api.bodies)) == ["1", "2"]
    assert all(isinstance(body, int) for body in api.bodies), "an integer is sent as one"
    assert {key for _user, key in api.tries} == {""}


def test_the_rate_spreads_the_attempts() -> None:
    tally = rush(Api(lambda _request, _number: web.Response()), Plan("", "e", ATTEMPTS, 20, rate=100))
    assert tally.ended_at - tally.started_at == pytest.approx(0.19, abs=0.15)
    sent = sorted(reply.sent_at for reply in tally.replies)
    assert sent[-1] - sent[0] >= 0.18
