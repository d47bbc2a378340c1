import json

import pytest

from cli.load import Answer
from cli.load.contract import STATUSES, read
from join.responses import TABLE


def body(result: str, user_id: str = "7", seat_no: int | None = None) -> bytes:
    seat = {} if seat_no is None else {"seatNo": seat_no}
    return json.dumps({"result": result, "userId": user_id, **seat}).encode()


def test_the_contract_is_the_api_s() -> None:
    assert set(STATUSES) == {verdict.name for verdict in TABLE}
    assert all(row.status in STATUSES[verdict.name] for verdict, row in TABLE.items())


@pytest.mark.parametrize(
    ("status", "content", "answer"),
    [
        (200, body("SUCCESS", seat_no=1), Answer("SUCCESS", 1)),
        (202, body("SUCCESS", seat_no=1), Answer("SUCCESS", 1)),
        (409, body("DUPLICATE", seat_no=9), Answer("DUPLICATE", 9)),
        (429, body("LIMIT_EXCEEDED"), Answer("LIMIT_EXCEEDED")),
        (503, body("UNAVAILABLE"), Answer("UNAVAILABLE")),
        (200, body("LIMIT_EXCEEDED"), Answer("HTTP 200")),
        (429, b'{"message":"Too Many Requests"}', Answer("HTTP 429")),
        (502, b"<html>", Answer("HTTP 502")),
        (200, b"[1]", Answer("HTTP 200")),
        (200, b"\xff", Answer("HTTP 200")),
        (200, b'{"result":["SUCCESS"]}', Answer("HTTP 200")),
        (200, body("SUCCESS", "8", 1), Answer("SUCCESS, but not of this attempt")),
        (200, body("SUCCESS"), Answer("SUCCESS, but not of this attempt")),
    ],
)
def test_an_answer_counts_as_what_it_says_only_where_it_keeps_the_contract(
    status: int, content: bytes, answer: Answer
) -> None:
    assert read(status, content, 7) == answer
