"""The limits of user ids and event ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventrush.identifiers import event_id_text, user_id_text

VISIBLE = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=64)


@given(st.integers(1, 2**63 - 1))
def test_an_integer_user_id_and_its_text_are_the_same_user(number: int) -> None:
    assert user_id_text(number) == user_id_text(str(number)) == str(number)


@given(VISIBLE)
def test_up_to_64_visible_ascii_characters_are_a_user_id(text: str) -> None:
    assert user_id_text(text) == text


NO_TEXTS: list[object] = [None, True, False, 1.5, 0, -1, 2**63, {}, [], b"3"]
BAD_TEXTS: list[object] = ["", " ", "a b", "a" * 65, "a\n", "a\x00", "\x7f", "é", "이름", "\ud800"]


@pytest.mark.parametrize("value", NO_TEXTS + BAD_TEXTS, ids=repr)
def test_other_values_are_not_user_ids(value: object) -> None:
    with pytest.raises(ValueError, match=r"^(an integer )?must be "):
        user_id_text(value)


@pytest.mark.parametrize("text", ["a", "0", "default", "spring-sale-2026", "a" * 64, "0-"])
def test_valid_event_ids_are_accepted(text: str) -> None:
    assert event_id_text(text) == text


@pytest.mark.parametrize(
    "text", ["", "-a", "A", "a_b", "a" * 65, "../", "a/b", "a%2Fb", "a\n", "a'--", "redis.call('FLUSHALL')", "é"]
)
def test_other_texts_are_not_event_ids(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(an integer )?must be "):
        event_id_text(text)
