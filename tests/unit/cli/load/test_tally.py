import pytest

from cli.load import Answer, Tally


def test_answers_are_counted_by_kind() -> None:
    tally = Tally()
    for user, answer in enumerate(
        [Answer("SUCCESS", 1), Answer("DUPLICATE", 1), Answer("LIMIT_EXCEEDED"), Answer("HTTP 500"), Answer("PAUSED")]
    ):
        tally.add(user, answer, 0.001)
    assert tally.answered == 5
    assert tally.other == 2
    assert tally.unexpected == {"HTTP 500": 1, "PAUSED": 1}
    assert tally.winners == {0: 1}
    assert tally.seats == {0: {1}, 1: {1}}


def test_percentiles_are_by_nearest_rank() -> None:
    tally = Tally()
    for milliseconds in reversed(range(1, 101)):
        tally.add(1, Answer("LIMIT_EXCEEDED"), milliseconds / 1000)
    assert tally.percentiles_ms(50, 95, 99, 100) == pytest.approx([50, 95, 99, 100])


def test_nothing_was_sent_in_no_time() -> None:
    assert Tally().percentiles_ms(50, 99) == [0, 0]
    assert Tally().requests_per_s == 0
