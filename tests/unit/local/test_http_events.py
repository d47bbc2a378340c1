"""Requests become API Gateway's events: checked against its documentation and read back by Powertools."""

import base64
import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from local import api_gateway

ROUTE = ("POST /events/{id}/join", {"id": "a/b"})


def scope(**changes: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/events/a/b/join",
        "raw_path": b"/events/a%2Fb/join",
        "query_string": b"parameter1=value1&parameter1=value2&parameter2=a%20b&empty=",
        "client": ("192.168.0.1", "5000"),
        "server": ("127.0.0.1", "8080"),
        "headers": [
            (b"host", b"localhost:8080"),
            (b"user-agent", b"agent"),
            (b"content-type", b"application/json"),
            (b"header2", b"value1"),
            (b"header2", b"value2"),
            (b"cookie", b"cookie1=a; cookie2=b"),
            (b"cookie", b"cookie3=c"),
        ],
    } | changes


def build_event(scope: dict[str, Any], body: bytes, *route: Any) -> dict[str, Any]:
    return api_gateway.build_event(scope, api_gateway.request_headers(scope), body, *route)


def test_the_event_is_the_documented_one() -> None:
    event = build_event(scope(), b'{"userId": 3}', *ROUTE)
    context = event["requestContext"]
    epoch, time, request_id = context.pop("timeEpoch"), context.pop("time"), context.pop("requestId")
    assert event == {
        "version": "2.0",
        "routeKey": "POST /events/{id}/join",
        "rawPath": "/events/a%2Fb/join",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=a%20b&empty=",
        "cookies": ["cookie1=a", "cookie2=b", "cookie3=c"],
        "headers": {
            "host": "localhost:8080",
            "user-agent": "agent",
            "content-type": "application/json",
            "header2": "value1,value2",
            "x-forwarded-for": "192.168.0.1",
            "x-forwarded-port": "8080",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "a b", "empty": ""},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": "localhost:8080",
            "domainPrefix": "local",
            "http": {
                "method": "POST",
                "path": "/events/a%2Fb/join",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.168.0.1",
                "userAgent": "agent",
            },
            "routeKey": "POST /events/{id}/join",
            "stage": "$default",
        },
        "pathParameters": {"id": "a/b"},
        "body": '{"userId": 3}',
        "isBase64Encoded": False,
    }
    assert len(request_id) == 16
    assert epoch > 1_700_000_000_000
    assert time.endswith(" +0000")


def test_powertools_reads_it() -> None:
    read = APIGatewayProxyEventV2(json.loads(json.dumps(build_event(scope(), b'{"userId": 3}', *ROUTE))))
    assert read.path == "/events/a%2Fb/join"
    assert read.http_method == "POST"
    assert read.path_parameters == {"id": "a/b"}
    assert read.query_string_parameters["parameter1"] == "value1,value2"
    assert read.cookies == ["cookie1=a", "cookie2=b", "cookie3=c"]
    assert read.json_body == {"userId": 3}
    assert read.request_context.http.source_ip == "192.168.0.1"


def test_fields_without_a_value_are_absent() -> None:
    event = build_event(scope(headers=[], query_string=b""), b"", "$default", {})
    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & event.keys()
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        (b"application/json", b"{}", False),
        (b"Application/JSON; charset=utf-8", "안녕".encode(), False),
        (b"application/problem+json", b"{}", False),
        (b"text/plain", b"x", False),
        (b"", b"x", False),
        (b"application/json", b"\xff\xfe", True),
        (b"application/octet-stream", b"x", True),
        (b"application/x-www-form-urlencoded", b"a=b", True),
    ],
)
def test_text_stays_text_and_all_else_is_base64(content_type: bytes, body: bytes, *, encoded: bool) -> None:
    event = build_event(scope(headers=[(b"content-type", content_type)]), body, *ROUTE)
    assert event["isBase64Encoded"] is encoded
    assert event["body"] == (base64.b64encode(body).decode() if encoded else body.decode())


def test_forwarded_for_is_carried_on() -> None:
    event = build_event(scope(headers=[(b"x-forwarded-for", b"10.0.0.1")]), b"", *ROUTE)
    assert event["headers"]["x-forwarded-for"] == "10.0.0.1, 192.168.0.1"


def test_verified_claims_stand_where_api_gateway_puts_them() -> None:
    claims = {"sub": "3", "exp": "1790000000"}
    event = build_event(scope(), b"", *ROUTE, claims)
    assert event["requestContext"]["authorizer"] == {"jwt": {"claims": claims, "scopes": None}}
    authorizer = APIGatewayProxyEventV2(event).request_context.authorizer
    assert authorizer is not None
    assert authorizer.jwt_claim == claims
    assert "authorizer" not in build_event(scope(), b"", *ROUTE)["requestContext"]
