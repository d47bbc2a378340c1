import json

import pytest

from cli.contract import STATUSES, Attempt, read_reply
from join.responses import TABLE


def body(result: str, user_id: str = "7", seat_no: int | None = None) -> bytes:
    seat = {} if seat_no is None else {"seatNo": seat_no, "requestTime": "2026-11-22T09:00:00.000000Z"}
    return json.dumps({"result": result, "userId": user_id, **seat}).encode()


def test_the_contract_is_the_api_s() -> None:
    assert set(STATUSES) == {verdict.name for verdict in TABLE}
    assert all(row.status in STATUSES[verdict.name] for verdict, row in TABLE.items())


@pytest.mark.parametrize(
    ("status", "content", "result", "seat_no"),
    [
        (200, body("SUCCESS", seat_no=1), "SUCCESS", 1),
        (202, body("SUCCESS", seat_no=1), "SUCCESS", 1),
        (409, body("DUPLICATE", seat_no=9), "DUPLICATE", 9),
        (429, body("LIMIT_EXCEEDED"), "LIMIT_EXCEEDED", None),
        (410, body("CLOSED"), "CLOSED", None),
    ],
)
def test_a_decision_is_read(status: int, content: bytes, result: str, seat_no: int | None) -> None:
    reply = read_reply(Attempt(7, "k"), status, content, 1.0, 2.0)
    assert (reply.user_id, reply.key, reply.status, reply.result, reply.seat_no) == ("7", "k", status, result, seat_no)
    assert reply.request_time == (None if seat_no is None else "2026-11-22T09:00:00.000000Z")
    assert (reply.settled, reply.won) == (True, result == "SUCCESS")


@pytest.mark.parametrize(
    ("status", "content", "result"),
    [
        (503, body("UNAVAILABLE"), "UNAVAILABLE"),
        (503, body("PAUSED"), "PAUSED"),
        (200, body("LIMIT_EXCEEDED"), "HTTP 200"),
        (429, b'{"message":"Too Many Requests"}', "HTTP 429"),
        (502, b"<html>", "HTTP 502"),
        (200, b"[1]", "HTTP 200"),
        (200, b"\xff", "HTTP 200"),
        (200, b'{"result":["SUCCESS"]}', "HTTP 200"),
        (200, body("SUCCESS", "8", 1), "SUCCESS, but not of this attempt"),
        (200, body("SUCCESS"), "SUCCESS, but not of this attempt"),
        (429, body("LIMIT_EXCEEDED", seat_no=1), "LIMIT_EXCEEDED, but not of this attempt"),
    ],
)
def test_an_outage_or_a_breach_of_the_contract_decides_nothing(status: int, content: bytes, result: str) -> None:
    reply = read_reply(Attempt("7"), status, content)
    assert (reply.result, reply.seat_no, reply.settled, reply.won) == (result, None, False, False)
