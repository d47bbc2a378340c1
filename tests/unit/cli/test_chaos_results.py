"""A scenario's result holds the order, and old results say that it was not judged."""

from dataclasses import replace

from cli.contract import Reply
from cli.judge import Row, judge
from cli.order import Explanation, Reason
from tests.chaos import results
from tests.chaos.results import Result

ROWS = [Row(1, "bob"), Row(2, "ann")]
REPLIES = [
    Reply("ann", None, 200, "SUCCESS", 2, None, 1.0, 2.0),
    Reply("bob", None, 200, "SUCCESS", 1, None, 3.0, 4.0),
]


def a_result(*explanations: Explanation) -> Result:
    return Result.of("a fault", REPLIES, judge(REPLIES, ROWS, 2, explanations=explanations), 1.0)


def test_an_inversion_is_not_consistent() -> None:
    result = a_result()
    assert (result.inversions, result.excused, result.consistent) == (1, [], False)
    assert replace(result, inversions=0).consistent
    assert not replace(result, inversions=None).consistent, "the order was not judged"


def test_excused_pairs_are_named_and_counted_in_the_table() -> None:
    result = a_result(Explanation(Reason.FREED, range(1, 2)))
    assert result.excused == ["bob came after ann got seat 2, and got seat 1; seat 1 was freed"]
    assert result.consistent
    assert result.cells() == [*("a fault", "2", "2", "2", "0", "0", "0", "0", "0 (1 excused)", "1.0"), "2 SUCCESS"]


def test_a_result_from_before_has_no_order() -> None:
    written = results._RESULTS.dump_python([a_result()], by_alias=True)  # noqa: SLF001
    del written[0]["inversions"], written[0]["excused"]
    (result,) = results._RESULTS.validate_python(written)  # noqa: SLF001
    assert result.cells()[-3:-1] == ["-", "1.0"]
