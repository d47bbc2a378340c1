"""The crash points of a rebuild that finds the gate empty; apart, since `make test` runs the others only."""

import pytest

from tests.chaos.crash.environment import Environment
from tests.chaos.crash.scenarios import EMPTY_GATE
from tests.chaos.test_crash_points import crash_everywhere

pytestmark = pytest.mark.chaos


def test_any_call_may_be_the_last(environment: Environment, subtests: pytest.Subtests) -> None:
    crash_everywhere(EMPTY_GATE, environment, subtests)
