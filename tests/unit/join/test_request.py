"""A request is a join request or rejected, whatever it is; tests/bad_input.py lists which field is named for what."""

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


@pytest.mark.parametrize("sent", ['{"userId": 3}', '{"userId": "3"}', b'{"userId": 3}', '\n{"userId":3,"x":{}}\t'])
def test_a_valid_body_is_a_join_request(sent: str | bytes) -> None:
    assert read(sent).user_id == "3"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_the_content_type_may_have_parameters_and_upper_case(content_type: str) -> None:
    assert read('{"userId": 3}', content_type=content_type).user_id == "3"


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
