"""People are told what the contract says, in Korean unless they prefer English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventrush.verdict import Verdict
from join.messages import message, prefers_english

CONTRACT = {
    Verdict.SUCCESS: "이벤트 참여가 완료되었습니다.",
    Verdict.DUPLICATE: "이미 참여하셨습니다.",
    Verdict.LIMIT_EXCEEDED: "선착순이 마감되었습니다.",
}


@pytest.mark.parametrize("verdict", CONTRACT)
def test_the_contract_s_korean_sentences(verdict: Verdict) -> None:
    assert message(verdict, "") == CONTRACT[verdict]


def test_a_seat_that_is_held_only_is_accepted_not_completed() -> None:
    assert message(Verdict.SUCCESS, "", acknowledged=False) == "이벤트 참여가 접수되었습니다."
    assert message(Verdict.SUCCESS, "en", acknowledged=False) == "Your entry has been accepted."


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_sentence_in_both_languages(verdict: Verdict) -> None:
    korean, english = message(verdict, "ko"), message(verdict, "en")
    assert english.isascii()
    assert not korean.isascii()


@pytest.mark.parametrize(
    ("accept_language", "english"),
    [
        ("", False),
        ("en", True),
        ("en-GB", True),
        ("EN-us", True),
        ("ko", False),
        ("ko,en;q=0.9", False),
        ("en;q=0.9,ko;q=0.5", True),
        ("en-US,en;q=0.9,ko-KR;q=0.8,ko;q=0.7", True),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", False),
        ("fr", False),
        ("fr,en;q=0.3", True),
        ("*", False),
        ("*,en;q=0.5", False),
        ("en;q=0", False),
        ("en;q=much", False),
        (";;,,q", False),
    ],
)
def test_accept_language(accept_language: str, *, english: bool) -> None:
    assert prefers_english(accept_language) is english


@given(st.text())
def test_any_header_is_read(accept_language: str) -> None:
    assert isinstance(prefers_english(accept_language), bool)
