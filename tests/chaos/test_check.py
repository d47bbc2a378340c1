"""What the checker counts, case by case."""

import pytest

from tests.chaos.answers import Heard
from tests.chaos.checker import Faults, Row, check

pytestmark = pytest.mark.chaos

CAPACITY = 2
WON = Heard("ann", "k", 200, "SUCCESS", 1)
ROW = Row(1, "ann")


@pytest.mark.parametrize(
    ("heard", "rows", "faults"),
    [
        pytest.param([WON], [ROW], Faults(0, 0, 0, 0), id="as promised"),
        pytest.param([Heard("ann", "k", 0, ""), WON], [ROW], Faults(0, 0, 0, 0), id="heard at the second try"),
        pytest.param([Heard("ann", "k", 503, "UNAVAILABLE"), WON], [ROW], Faults(0, 0, 0, 0), id="after an outage"),
        pytest.param([WON, Heard("ann", "other", 409, "DUPLICATE", 1)], [ROW], Faults(0, 0, 0, 0), id="came twice"),
        pytest.param([], [ROW], Faults(0, 0, 0, 0), id="nobody heard"),
        pytest.param([WON], [], Faults(1, 0, 0, 0), id="no row"),
        pytest.param([WON], [Row(2, "ann")], Faults(1, 0, 0, 0), id="another seat"),
        pytest.param([], [ROW, Row(2, "bob"), Row(3, "cid")], Faults(0, 1, 0, 0), id="too many rows"),
        pytest.param([], [Row(4, "ann")], Faults(0, 2, 0, 0), id="a seat beyond the capacity"),
        pytest.param([], [ROW, Row(1, "bob")], Faults(0, 0, 1, 0), id="a seat recorded twice"),
        pytest.param([], [ROW, Row(2, "ann")], Faults(0, 0, 1, 0), id="a user recorded twice"),
        pytest.param(
            [WON, Heard("bob", "k", 202, "SUCCESS", 1)], [ROW, Row(1, "bob")], Faults(0, 0, 2, 0), id="promised twice"
        ),
        pytest.param([Heard("ann", "k", 409, "DUPLICATE", 1)], [ROW], Faults(0, 0, 0, 1), id="never promised"),
        pytest.param([WON, Heard("ann", "k", 409, "DUPLICATE", 1)], [ROW], Faults(0, 0, 0, 1), id="own retry"),
        pytest.param([WON, Heard("ann", "k", 429, "LIMIT_EXCEEDED")], [ROW], Faults(0, 0, 0, 1), id="changed its mind"),
        pytest.param(
            [WON, Heard("ann", "other", 409, "DUPLICATE", 2, again=True)], [ROW], Faults(0, 0, 0, 1), id="wrong seat"
        ),
    ],
)
def test_each_fault_is_counted(heard: list[Heard], rows: list[Row], faults: Faults) -> None:
    assert check(CAPACITY, heard, rows) == faults
