from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cli.load import Plan
from cli.load.plan import MAX_USERS


def a_plan(attempts: int, users: int, seed: int = 1) -> Plan:
    return Plan("http://127.0.0.1:1", "e", attempts, 1, users, seed)


@given(st.integers(1, 300), st.integers(1, 400) | st.just(MAX_USERS), st.integers())
def test_everyone_comes_as_often_as_anyone_else(attempts: int, users: int, seed: int) -> None:
    plan = a_plan(attempts, users, seed)
    came = Counter(plan.order())
    assert sum(came.values()) == attempts
    assert min(came) >= 1
    assert max(came) <= users
    assert len(came) == plan.users_who_try == min(attempts, users)
    assert max(came.values()) - min(came.values()) <= 1


def test_the_seed_alone_decides_the_order() -> None:
    assert a_plan(1000, 900).order() == a_plan(1000, 900).order()
    assert a_plan(1000, 900).order() != a_plan(1000, 900, seed=2).order()
    assert list(a_plan(1000, 900).order()) != sorted(a_plan(1000, 900).order())
