"""A request is a join request, or rejected with an error that names the field and never repeats the input."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from join import request
from join.request import BadRequestError, JoinRequest
from tests.samples import join_event


def read(sent: str | bytes | None, **headers: str) -> JoinRequest:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return request.read(join_event(sent, headers=given), "invocation")


def rejection(sent: str | bytes | None, **headers: str) -> tuple[int, str]:
    with pytest.raises(BadRequestError) as caught:
        read(sent, **headers)
    return caught.value.status, caught.value.field


@pytest.mark.parametrize("sent", ['{"userId": 3}', '{"userId": "3"}', b'{"userId": 3}', '\n{"userId":3,"x":{}}\t'])
def test_a_valid_body_is_a_join_request(sent: str | bytes) -> None:
    assert read(sent).user_id == "3"


@pytest.mark.parametrize(
    ("sent", "status", "field"),
    [
        (None, 400, "body"),
        ("", 400, "body"),
        (" \n", 400, "body"),
        ("{", 400, "body"),
        ("\ufeff{}", 400, "body"),
        ("userId=3", 400, "body"),
        (b"\xff\xfe", 400, "body"),
        (b'{"userId": "\xc3\x28"}', 400, "body"),
        ('{"userId": NaN}', 400, "body"),
        ('{"userId": 3, "userId": 4}', 400, "body"),
        ('{"userId": 3, "x": {"a": 1, "a": 2}}', 400, "body"),
        ("[" * 4096, 400, "body"),
        ('{"userId": ' + "9" * 4000 + "}", 422, "userId"),
        ("[]", 422, "body"),
        ("3", 422, "body"),
        ("null", 422, "body"),
        ("{}", 422, "userId"),
        ('{"user_id": 3}', 422, "userId"),
        ('{"userId": null}', 422, "userId"),
        ('{"userId": true}', 422, "userId"),
        ('{"userId": 1.5}', 422, "userId"),
        ('{"userId": 1.0}', 422, "userId"),
        ('{"userId": 0}', 422, "userId"),
        ('{"userId": -1}', 422, "userId"),
        ('{"userId": 9223372036854775808}', 422, "userId"),
        ('{"userId": ""}', 422, "userId"),
        ('{"userId": "' + "a" * 65 + '"}', 422, "userId"),
        ('{"userId": "a\\u0000b"}', 422, "userId"),
        ('{"userId": "a\\nb"}', 422, "userId"),
        ('{"userId": "\\ud800"}', 422, "userId"),
        ('{"userId": {"id": 3}}', 422, "userId"),
        ('{"userId": [3]}', 422, "userId"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_an_invalid_body_is_rejected_with_its_field(sent: str | bytes | None, status: int, field: str) -> None:
    assert rejection(sent) == (status, field)


@pytest.mark.parametrize("size", [request.MAX_BODY_BYTES, request.MAX_BODY_BYTES + 1], ids=["longest", "too long"])
@pytest.mark.parametrize("encode", [str, str.encode], ids=["text", "base64"])
def test_a_body_has_at_most_4096_bytes(size: int, encode: Any) -> None:
    sent = encode('{"userId": 3}'.ljust(size))
    if size <= request.MAX_BODY_BYTES:
        assert read(sent).user_id == "3"
    else:
        assert rejection(sent) == (413, "body")


def test_a_megabyte_is_rejected_before_it_is_parsed() -> None:
    assert rejection("[" * 2**20) == (413, "body")


def test_a_body_marked_as_base64_that_is_not_is_rejected() -> None:
    event = join_event('{"userId": 3}')
    event["isBase64Encoded"] = True
    with pytest.raises(BadRequestError, match="base64"):
        request.read(event, "invocation")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json-seq", "multipart/form-data", ""],
)
def test_another_content_type_is_rejected(content_type: str) -> None:
    assert rejection('{"userId": 3}', content_type=content_type) == (415, "Content-Type")


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_have_parameters_and_upper_case(content_type: str) -> None:
    assert read('{"userId": 3}', content_type=content_type).user_id == "3"


MARK = "tell-tale-7c1e"


@pytest.mark.parametrize("sent", ['{"userId": "%s é"}', "%s", '{"%s": 1, "%s": 2}', '["%s"]', '{"userId": {"%s": 1}}'])
def test_an_error_never_repeats_the_input(sent: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        read(sent.replace("%s", MARK))
    assert MARK not in caught.value.field + caught.value.detail


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["userId", "x"]) | st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_any_json_is_a_join_request_or_rejected(document: Any) -> None:
    try:
        user_id = read(json.dumps(document)).user_id
    except BadRequestError:
        return
    assert str(document["userId"]) == user_id


@given(st.binary() | st.text())
def test_any_body_is_a_join_request_or_a_4xx(sent: str | bytes) -> None:
    rejected: BadRequestError | None = None
    try:
        read(sent)
    except BadRequestError as exc:
        rejected = exc
    assert rejected is None or 400 <= rejected.status < 500
