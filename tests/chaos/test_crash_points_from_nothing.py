"""The same for a rebuild that finds the gate empty."""

import pytest

from tests.chaos.crash.matrix import kill_everywhere
from tests.chaos.crash.plots import FROM_NOTHING
from tests.chaos.crash.world import World

pytestmark = pytest.mark.chaos


def test_any_call_may_be_the_last(world: World, subtests: pytest.Subtests) -> None:
    kill_everywhere(FROM_NOTHING, world, subtests)
