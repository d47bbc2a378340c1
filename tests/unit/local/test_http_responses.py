"""A handler's output becomes a response as with payload format 2.0."""

from typing import Any

import pytest

from local import api_gateway


def test_a_full_response() -> None:
    answer = api_gateway.response(
        {
            "statusCode": 201,
            "headers": {"X-One": "1", "Content-Type": "application/json", "x-flag": True, "x-number": 3},
            "cookies": ["a=b; Secure", "c=d"],
            "body": '{"가": 1}',
            "isBase64Encoded": False,
        }
    )
    assert answer.status == 201
    assert answer.body == '{"가": 1}'.encode()
    assert answer.headers == [
        (b"x-one", b"1"),
        (b"content-type", b"application/json"),
        (b"x-flag", b"true"),
        (b"x-number", b"3"),
        (b"set-cookie", b"a=b; Secure"),
        (b"set-cookie", b"c=d"),
    ]


@pytest.mark.parametrize(
    ("output", "body"),
    [({"result": "x"}, b'{"result": "x"}'), ("hello", b"hello"), ([1, 2], b"[1, 2]"), (None, b"null"), ({}, b"{}")],
)
def test_without_a_status_code_the_output_is_the_body(output: Any, body: bytes) -> None:
    answer = api_gateway.response(output)
    assert (answer.status, answer.body) == (200, body)
    assert (b"content-type", b"application/json") in answer.headers


def test_defaults() -> None:
    answer = api_gateway.response({"statusCode": "204", "headers": None, "cookies": None, "body": None})
    assert answer == api_gateway.Response(204, [(b"content-type", b"text/plain;charset=UTF-8")], b"")


def test_base64_is_decoded() -> None:
    assert api_gateway.response({"statusCode": 200, "body": "/wA=", "isBase64Encoded": True}).body == b"\xff\x00"


def test_the_length_is_not_the_function_s_to_give() -> None:
    answer = api_gateway.response({"statusCode": 200, "headers": {"Content-Length": "99"}, "body": "x"})
    assert [name for name, _ in answer.headers] == [b"content-type"]


def test_values_that_compare_equal_stay_apart() -> None:
    values = [True, 1, 1.0]
    answers = [api_gateway.response({"statusCode": 200, "headers": {"x-equal": value}}) for value in values]
    assert [answer.headers[0][1] for answer in answers] == [b"true", b"1", b"1.0"]


@pytest.mark.parametrize(
    "output",
    [
        {"statusCode": None},
        {"statusCode": "x"},
        {"statusCode": 100},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "x", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"가": "b"}},
        {"statusCode": 200, "cookies": "a=b"},
        {"statusCode": 200, "cookies": [None]},
        {"a": {1, 2}},
        object(),
    ],
)
def test_bad_output_is_told(output: Any) -> None:
    with pytest.raises(api_gateway.InvalidOutputError):
        api_gateway.response(output)
