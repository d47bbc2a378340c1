"""The generator over real connections: what it sends, what breaks, when an attempt is repeated, and its two loops."""

import asyncio
import json
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from cli.contract import Attempt
from cli.generator import Plan, Retry, Tally, run

ATTEMPTS = [Attempt(f"user-{number}", f"key-{number}") for number in range(20)]


@dataclass(frozen=True)
class Try:
    """A try as the API reads it; `number` counts the tries of its attempt, `connection` and `turn` are its place."""

    fields: dict[str, str]
    user: int | str
    number: int
    connection: int
    turn: int
    writer: asyncio.StreamWriter

    async def reply(self, body: bytes | None = None, status: int = 200, fields: str = "") -> None:
        content = self.won() if body is None else body
        head = f"HTTP/1.1 {status} Reason\r\n{fields}Content-Length: {len(content)}\r\n\r\n"
        self.writer.write(head.encode() + content)

    def won(self) -> bytes:
        return json.dumps({"result": "SUCCESS", "userId": str(self.user), "seatNo": 1}).encode()


@dataclass
class Api:
    """An API that does what a test says at each try; it reads requests as strictly as a test must."""

    on_try: Callable[[Try], Awaitable[None]]
    tries: list[Try] = field(default_factory=list)
    numbers: defaultdict[tuple[int | str, str], int] = field(default_factory=lambda: defaultdict(int))
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection, turn = self.connections, 0
        self.connections += 1
        try:
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                line, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
                assert line == "POST /api/events/e/join HTTP/1.1"
                fields = dict(one.split(": ", 1) for one in lines)
                user = json.loads(await reader.readexactly(int(fields["Content-Length"])))["userId"]
                assert not reader._buffer, "one request at a time"  # type: ignore[attr-defined]  # noqa: SLF001
                self.numbers[user, fields.get("Idempotency-Key", "")] += 1
                number = self.numbers[user, fields.get("Idempotency-Key", "")]
                self.tries.append(Try(fields, user, number, connection, turn, writer))
                turn += 1
                await self.on_try(self.tries[-1])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def rush(api: Api, plan: Plan) -> Tally:
    async def serve_and_run() -> Tally:
        tally = Tally()
        async with await asyncio.start_server(api.serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with asyncio.timeout(20):
                await run(replace(plan, url=f"http://127.0.0.1:{port}"), tally)
        return tally

    return asyncio.run(serve_and_run())


async def win(one: Try) -> None:
    await one.reply()


async def broken_at_first(one: Try) -> None:
    """Break the connection at the first try, answer 503 at the second, and let the third win."""
    if one.number == 1:
        one.writer.close()
    elif one.number == 2:
        await one.reply(b"{}", 503)
    else:
        await one.reply()


def test_each_connection_carries_its_requests_one_after_another() -> None:
    api = Api(win)
    tally = rush(api, Plan("", "e", ATTEMPTS, 4, headers={"x-more": "1"}))
    assert tally.counts == {"SUCCESS": 20}
    assert api.connections == 4
    assert {one.user: one.fields["Idempotency-Key"] for one in api.tries} == dict(ATTEMPTS)
    assert all(one.fields["x-more"] == "1" and one.fields["Content-Type"] == "application/json" for one in api.tries)
    assert all(one.fields["Host"].startswith("127.0.0.1:") for one in api.tries)
    assert all(tally.started_at <= one.due_at <= one.sent_at < one.answered_at for one in tally.replies)


def test_an_attempt_is_repeated_with_its_key_until_it_is_settled() -> None:
    api = Api(broken_at_first)
    tally = rush(api, Plan("", "e", ATTEMPTS, 5, retry=Retry(first_pause_s=0.001)))
    assert tally.counts == {"SUCCESS": 20}
    assert set(api.numbers.values()) == {3}
    assert len(tally.replies) == 60
    by_attempt = [[one.status for one in tally.replies if one.key == attempt.key] for attempt in ATTEMPTS]
    assert by_attempt == [[0, 503, 200]] * 20
    assert all(0 < reply.sent_at <= reply.answered_at for reply in tally.replies)


def test_an_attempt_is_given_up_at_its_deadline() -> None:
    api = Api(lambda one: one.reply(b"{}", 503))
    tally = rush(api, Plan("", "e", ATTEMPTS[:2], 2, retry=Retry(deadline_s=0.1, first_pause_s=0.01)))
    assert tally.counts == {"HTTP 503": 2}
    assert len(tally.replies) > 4


def test_without_a_policy_each_attempt_is_sent_once() -> None:
    api = Api(broken_at_first)
    tally = rush(api, Plan("", "e", [Attempt(1), Attempt("2")], 2))
    assert tally.counts == {"RemoteDisconnected": 2}
    assert {one.user for one in api.tries} == {1, "2"}, "an integer is sent as one"
    assert not any("Idempotency-Key" in one.fields for one in api.tries)


def test_a_refused_connection_is_counted() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and listens not
        tally = Tally()
        asyncio.run(run(Plan(f"http://127.0.0.1:{taken.getsockname()[1]}", "e", ATTEMPTS, 3), tally))
    assert tally.counts == {"ConnectionRefusedError": 20}


def test_a_chunked_response_is_read_to_its_end() -> None:
    async def in_chunks(one: Try) -> None:
        one.writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for byte in one.won():
            one.writer.write(b"1\r\n%c\r\n" % byte)
            await asyncio.sleep(0)
        one.writer.write(b"0\r\n\r\n")

    api = Api(in_chunks)
    assert rush(api, Plan("", "e", ATTEMPTS, 2)).counts == {"SUCCESS": 20}
    assert api.connections == 2


@pytest.mark.parametrize("announced", [True, False])
def test_a_connection_that_the_api_closes_between_requests_is_replaced(announced: bool) -> None:  # noqa: FBT001
    """Where it is announced, the API leaves the closing to the client."""

    async def close_after(one: Try) -> None:
        await one.reply(fields="Connection: close\r\n" if announced else "")
        if not announced:
            one.writer.close()

    api = Api(close_after)
    assert rush(api, Plan("", "e", ATTEMPTS, 1, rate=200)).counts == {"SUCCESS": 20}
    assert api.connections == 20


@pytest.mark.parametrize("then_close", [True, False])
def test_half_a_response_is_no_reply(then_close: bool) -> None:  # noqa: FBT001
    async def break_off(one: Try) -> None:
        one.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + one.won())
        if then_close:
            one.writer.close()

    tally = rush(Api(break_off), Plan("", "e", ATTEMPTS[:3], 1, timeout_s=0.1))
    assert tally.counts == {"RemoteDisconnected" if then_close else "TimeoutError": 3}


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (b"no HTTP\r\n\r\n", "HttpParserError"),
        (b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nx", "HTTP 101"),
    ],
)
def test_what_is_no_reply_is_counted(answer: bytes, name: str, caplog: pytest.LogCaptureFixture) -> None:
    async def nonsense(one: Try) -> None:
        one.writer.write(answer)

    api = Api(nonsense)
    assert rush(api, Plan("", "e", ATTEMPTS[:4], 2)).counts == {name: 4}
    assert api.connections == 4
    assert not caplog.records, "asyncio has nothing to report"


def test_a_second_response_to_one_request_answers_no_other() -> None:
    async def twice(one: Try) -> None:
        await one.reply()
        if one.turn == 0:
            await one.reply()

    api = Api(twice)
    assert rush(api, Plan("", "e", ATTEMPTS[:4], 1)).counts == {"SUCCESS": 4}
    assert api.connections > 1


@pytest.mark.parametrize(("number", "rate"), [(4, 20), (2, 2.5)])
def test_a_try_is_given_up_after_its_time(number: int, rate: float) -> None:
    """Where the connection's timer runs since the first of four requests, and where it has ended between two."""

    async def mute_at_last(one: Try) -> None:
        if one.turn < number - 1:
            await one.reply()

    tally = rush(Api(mute_at_last), Plan("", "e", ATTEMPTS[:number], 1, rate=rate, timeout_s=0.3))
    assert tally.counts == {"SUCCESS": number - 1, "TimeoutError": 1}
    last = tally.replies[-1]
    assert 0.3 <= last.answered_at - last.sent_at < 0.6


def test_the_rate_spreads_the_attempts() -> None:
    tally = rush(Api(win), Plan("", "e", ATTEMPTS, 20, rate=100))
    assert tally.ended_at - tally.started_at == pytest.approx(0.19, abs=0.15)
    sent = sorted(reply.sent_at for reply in tally.replies)
    assert sent[-1] - sent[0] >= 0.18


def test_an_open_loop_shows_a_stall_to_all_who_were_due_meanwhile() -> None:
    """The API stalls for 0.5 s; of 100 attempts, due within 1 s on two connections, half were due meanwhile."""
    stall: asyncio.Task[None] | None = None

    async def stall_once(one: Try) -> None:
        nonlocal stall
        stall = stall or asyncio.create_task(asyncio.sleep(0.5))
        await stall
        await one.reply()

    attempts = [Attempt(user) for user in range(1, 101)]
    tally = rush(Api(stall_once), Plan("", "e", attempts, 2, rate=100))
    assert tally.counts == {"SUCCESS": 100}
    p25, p99 = tally.percentiles_ms(25, 99)
    assert p99 > 400
    assert p25 < 100
    waited = [one for one in tally.replies if one.answered_at - one.due_at > 0.1]
    assert len(waited) > 30
    assert sum(one.answered_at - one.sent_at > 0.1 for one in waited) == 2, "sent_at is when it was really sent"


def test_a_closed_loop_waits_for_the_answer() -> None:
    async def slowly(one: Try) -> None:
        await asyncio.sleep(0.02)
        await one.reply()

    tally = rush(Api(slowly), Plan("", "e", ATTEMPTS[:5], 1))
    ordered = sorted(tally.replies, key=lambda one: one.due_at)
    assert all(later.due_at >= earlier.answered_at for earlier, later in pairwise(ordered))
    assert tally.percentiles_ms(99)[0] < 60
