"""A process is killed before and after each of its outward calls; nothing is lost and nothing comes twice."""

import pytest

from tests.chaos.crash.crash_process import crash_points, run_to_end, run_until
from tests.chaos.crash.environment import Environment
from tests.chaos.crash.scenarios import CAPACITY, SCENARIOS, Scenario

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_any_call_may_be_the_last(scenario: Scenario, environment: Environment, subtests: pytest.Subtests) -> None:
    crash_everywhere(scenario, environment, subtests)


def crash_everywhere(scenario: Scenario, environment: Environment, subtests: pytest.Subtests) -> None:
    """Kill the scenario's program at each of its crash points."""
    for _ in range(2):  # the first run loads the scripts into Redis; the second makes the calls of every later one
        scenario.prepare(environment)
        calls = run_to_end(scenario.program, environment.environ)
        assert_recovers(scenario, environment)

    for point in crash_points(calls):
        with subtests.test(msg=f"{point.side} {point.call}"):
            scenario.prepare(environment)
            run_until(scenario.program, environment.environ, point)
            assert_recovers(scenario, environment)


def assert_recovers(scenario: Scenario, environment: Environment) -> None:
    """Let clients and AWS do what they do after a crash, and check that everything is as if there had been none."""
    environment.recover()
    scenario.retry(environment)
    assert environment.join("late", "k-late").won
    environment.recover()
    environment.join_again()

    replies = [*environment.replies, *environment.later_replies]
    assert all(reply.won for reply in replies), replies
    judgement = environment.judge(CAPACITY)
    report = environment.report()
    assert judgement.consistent, judgement
    assert report.consistent, report
    assert report.pending == report.dead, report  # only what an operator must decide is pending
    assert report.recorded + report.dead + report.free == report.issued, report
