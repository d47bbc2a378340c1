"""A process is killed before and after each of its outward calls; nothing is lost and nothing comes twice."""

import pytest

from tests.chaos.crash.matrix import kill_everywhere
from tests.chaos.crash.plots import PLOTS, Plot
from tests.chaos.crash.world import World

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.name)
def test_any_call_may_be_the_last(plot: Plot, world: World, subtests: pytest.Subtests) -> None:
    kill_everywhere(plot, world, subtests)
