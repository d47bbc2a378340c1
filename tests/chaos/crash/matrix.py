"""Kills a plot's program at every instant, and holds what comes of it against what was promised."""

import pytest

from tests.chaos.checker import check
from tests.chaos.crash.crashing import run_until, run_whole
from tests.chaos.crash.kill import instants
from tests.chaos.crash.plots import CAPACITY, Plot
from tests.chaos.crash.world import World


def kill_everywhere(plot: Plot, world: World, subtests: pytest.Subtests) -> None:
    """Try every instant at which the program may die."""
    for _ in range(2):  # the first has Redis learn the scripts; the second makes the calls that the others will make
        plot.prepare(world)
        calls = run_whole(plot.program, world.environ)
        assert_mended(plot, world)

    for kill in instants(calls):
        with subtests.test(msg=f"{kill.side} {kill.call}"):
            plot.prepare(world)
            run_until(plot.program, world.environ, kill)
            assert_mended(plot, world)


def assert_mended(plot: Plot, world: World) -> None:
    """Let the client and AWS do what they do after a crash; then everything must be as if there had been none."""
    world.look_after()
    plot.retry(world)
    assert world.join("late", "k-late").won
    world.look_after()
    for heard in list(world.heard):
        world.join(heard.user_id, heard.key, again=True)

    assert all(heard.won for heard in world.heard), world.heard
    faults = check(CAPACITY, world.heard, world.rows())
    report = world.report()
    assert faults.none, faults
    assert report.sound, report
    assert report.pending == report.dead, report  # nothing waits but what an operator must decide
    assert report.recorded + report.dead + report.free == report.issued, report
