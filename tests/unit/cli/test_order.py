"""The judge of the order names wrong gates, excuses what is listed, and accuses no right gate."""

import json
import subprocess
import sys
from collections.abc import Callable
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.contract import Reply
from cli.judge import by_user, judge
from cli.order import Explanation, Inversion, Order, Reason, judge_order
from tests.unit.cli import simulated_gates as gates
from tests.unit.cli.simulated_gates import Gate, Rush

CAPACITY = 100
SEEDS = range(20)
USERS = [f"user-{number}" for number in range(300)]
WITH_A_FRIEND = [*USERS, "friend"]


def judged(rush: Rush, explanations: list[Explanation] | None = None) -> Order:
    listed = rush.explanations if explanations is None else explanations
    return judge_order(rush.history, by_user(rush.gate.rows()), listed)


def won(user: str, seat_no: int, sent_at: float, answered_at: float, key: str | None = None) -> Reply:
    return Reply(user, key, 200, "SUCCESS", seat_no, None, sent_at, answered_at)


def refused(user: str, sent_at: float, answered_at: float, result: str = "LIMIT_EXCEEDED") -> Reply:
    return Reply(user, None, 403 if result == "NOT_OPEN" else 429, result, None, None, sent_at, answered_at)


# The gates that are right


@pytest.mark.parametrize("seed", SEEDS)
def test_a_right_gate_is_never_accused(seed: int) -> None:
    rush = Rush(Gate(CAPACITY, seed)).run(USERS * 2)
    assert judged(rush) == Order()
    assert judge(rush.history, rush.gate.rows(), CAPACITY).inversions == 0
    assert any(reply.result == "LIMIT_EXCEEDED" for reply in rush.history)


@pytest.mark.parametrize("seed", SEEDS)
def test_added_seats_excuse_exactly_their_winners(seed: int) -> None:
    rush = Rush(Gate(CAPACITY, seed)).run(USERS, {200: lambda rush: rush.add_seats(7)})
    found = judged(rush)
    assert found.inversions == []
    assert sorted(pair.later_seat for pair in found.excused) == list(range(101, 108))
    assert {pair.excuse.reason for pair in found.excused if pair.excuse} == {Reason.ADDED}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("turn", [60, 200])
def test_freed_seats_are_excused_one_by_one(seed: int, turn: int) -> None:
    rush = Rush(Gate(CAPACITY, seed)).run(USERS, {turn: lambda rush: rush.rebuild(3, 7, 11)})
    found = judged(rush)
    assert found.inversions == []
    assert {pair.later_seat for pair in found.excused} == {3, 7, 11}


# The gates that are wrong


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("gate", "users", "events", "told"),
    [
        pytest.param(gates.RandomSeat, USERS, {}, "got seat", id="a random seat"),
        pytest.param(gates.LateCounter, USERS, {}, "got seat", id="a counter that is read late"),
        pytest.param(
            gates.FriendLetIn,
            WITH_A_FRIEND,
            {},
            "was told that all seats are taken",
            id="a friend let in after the end",
        ),
        pytest.param(
            Gate, USERS, {60: lambda rush: rush.gate.rebuild(3)}, "got seat", id="a freed seat that nobody lists"
        ),
        pytest.param(
            gates.RememberedTooLong,
            USERS,
            {150: lambda rush: rush.add_seats(20)},
            "was told that all seats are taken",
            id="a remembered answer kept too long",
        ),
        pytest.param(gates.AnotherUsersSeat, USERS, {}, "got seat", id="another user's seat"),
    ],
)
def test_a_wrong_gate_is_caught(
    gate: type[Gate], users: list[str], events: dict[int, Callable[[Rush], object]], told: str, seed: int
) -> None:
    rush = Rush(gate(CAPACITY, seed)).run(users, events)
    found = judged(rush)
    assert found.inversions
    assert any(told in str(pair) for pair in found.inversions), found.inversions
    counted = judge(rush.history, rush.gate.rows(), rush.gate.capacity, explanations=rush.explanations)
    assert counted.inversions == len(found.inversions)
    assert not counted.consistent


def test_the_friend_and_the_first_who_was_refused_are_named() -> None:
    rush = Rush(gates.FriendLetIn(CAPACITY)).run(WITH_A_FRIEND)
    first = min((reply for reply in rush.history if reply.seat_no is None), key=lambda reply: reply.answered_at)
    (pair,) = judged(rush).inversions
    assert str(pair) == f"friend came after {first.user_id} was told that all seats are taken, and got seat 100"


def test_a_list_excuses_no_other_seat() -> None:
    rush = Rush(Gate(CAPACITY)).run(USERS, {60: lambda rush: rush.rebuild(3, 7)})
    found = judged(rush, [only for only in rush.explanations if 3 in only.seats])
    assert {pair.later_seat for pair in found.inversions} == {7}
    assert {pair.later_seat for pair in found.excused} == {3}


# What a user's time is


@pytest.mark.parametrize(
    ("replies", "wrong"),
    [
        pytest.param([won("a", 2, 1, 2), won("b", 1, 3, 4)], ["b"], id="one after the other"),
        pytest.param([won("a", 2, 1, 3), won("b", 1, 3, 4)], [], id="at the same time"),
        pytest.param([won("a", 1, 1, 2), won("b", 2, 3, 4)], [], id="in order"),
        pytest.param([won("a", 1, 1, 2), won("b", 1, 3, 4)], ["b"], id="the same seat"),
        pytest.param([won("a", 2, 1, 2), won("c", 3, 1, 2), won("b", 1, 3, 4)], ["b"], id="counted once a user"),
        pytest.param(
            [Reply("b", "k", 0, "TimeoutError", sent_at=1, answered_at=2), won("a", 2, 2, 3), won("b", 1, 4, 5, "k")],
            [],
            id="the first try, which was not answered, may have taken the seat",
        ),
        pytest.param(
            [Reply("b", "k", 503, "UNAVAILABLE", sent_at=1, answered_at=2), won("a", 2, 2, 3), won("b", 1, 4, 5, "k")],
            [],
            id="an outage is no answer",
        ),
        pytest.param(
            [refused("a", 1, 2, "NOT_OPEN"), won("b", 1, 4, 5), won("a", 2, 6, 7)],
            [],
            id="who was told NOT_OPEN asks again",
        ),
        pytest.param(
            [refused("b", 1, 2, "NOT_OPEN"), won("a", 2, 3, 4), won("b", 1, 5, 6)],
            ["b"],
            id="a try that was told NOT_OPEN took no seat",
        ),
        pytest.param(
            [Reply("a", "k", 0, "TimeoutError", sent_at=1, answered_at=2),
             Reply("a", "l", 409, "DUPLICATE", 2, None, 2, 3),
             won("b", 1, 4, 5),
             won("a", 2, 6, 7, "k")],
            ["b"],
            id="a DUPLICATE names the seat too",
        ),
        pytest.param(
            [won("a", 2, 2, 3), Reply("b", None, 409, "DUPLICATE", 1, None, 4, 5)],
            [],
            id="who is only told DUPLICATE may have won before",
        ),
        pytest.param(
            [Reply("b", None, 500, "HTTP 500", None, None, 4, 5),
             won("a", 2, 2, 3),
             Reply("b", None, 409, "DUPLICATE", 1, None, 6, 7)],
            [],
            id="a try that failed may have come after the one that won",
        ),
        pytest.param(
            [won("a", 2, 1, 2, "k"), won("b", 1, 3, 4), won("a", 2, 8, 9, "k")], ["b"], id="the first answer counts"
        ),
        pytest.param([refused("a", 1, 2), won("b", 1, 3, 4)], ["b"], id="sold out"),
        pytest.param([refused("a", 1, 3), won("b", 1, 3, 4)], [], id="sold out at the same time"),
        pytest.param([refused("b", 1, 2), won("b", 1, 3, 4)], ["b"], id="sold out, then not, for one user"),
        pytest.param([refused("a", 1, 2, "HTTP 429"), won("b", 1, 3, 4)], [], id="a throttle is no answer"),
        pytest.param(
            [Reply("a", None, 410, "CLOSED", None, None, 1, 2), won("b", 1, 3, 4)], [], id="closed, then open again"
        ),
    ],
)  # fmt: skip
def test_only_what_an_answer_proves_counts(replies: list[Reply], wrong: list[str]) -> None:
    rows = {"a": (2, 1), "b": (1, 1), "c": (3, 1)}
    assert [pair.later for pair in judge_order(replies, rows).inversions] == wrong
    assert [pair.later for pair in judge_order(replies[::-1], rows).inversions] == wrong


def test_seats_of_two_epochs_are_not_compared() -> None:
    replies = [won("a", 2, 1, 2), won("b", 1, 3, 4)]
    assert judge_order(replies, {"a": (2, 1), "b": (1, 2)}) == Order()
    assert judge_order([*replies, refused("c", 1, 2)], {"a": (2, 1), "b": (1, 2)}).inversions


def test_a_winner_without_a_row_is_compared_under_the_epoch_of_the_seat() -> None:
    replies = [won("a", 2, 1, 2), won("b", 1, 3, 4)]
    assert judge_order(replies, {"a": (2, 1), "c": (1, 1)}).inversions
    assert judge_order(replies, {"a": (2, 1), "c": (1, 2)}) == Order()
    assert judge_order(replies, {}) == Order()


@pytest.mark.parametrize(
    ("began_at", "ended_at", "excused"),
    [
        pytest.param(-inf, inf, True, id="at an unknown time"),
        pytest.param(2, 2, True, id="while the first user waited for the answer"),
        pytest.param(4, 4, True, id="between the two"),
        pytest.param(6, 6, True, id="while the second user waited for the answer"),
        pytest.param(0, 0.5, False, id="before the first user asked"),
        pytest.param(8, 9, False, id="after the second user was answered"),
    ],
)
@pytest.mark.parametrize("reason", Reason)
def test_seats_that_came_between_excuse_a_winner_after_sold_out(
    reason: Reason, began_at: float, ended_at: float, *, excused: bool
) -> None:
    replies = [refused("a", 1, 3), won("b", 9, 5, 7)]
    found = judge_order(replies, {"b": (9, 1)}, [Explanation(reason, range(9, 10), began_at, ended_at)])
    assert (bool(found.excused), bool(found.inversions)) == (excused, not excused)
    assert judge_order(replies, {"b": (9, 1)}, [Explanation(reason, range(8, 9), began_at, ended_at)]).inversions


def test_an_excuse_covers_only_whom_was_told_before_it() -> None:
    """Seats were added, somebody is still told that there are none, and a later user gets one."""
    replies = [refused("a", 1, 2), refused("c", 4, 5), won("b", 9, 6, 7)]
    (pair,) = judge_order(replies, {"b": (9, 1)}, [Explanation(Reason.ADDED, range(9, 12), 3, 3)]).inversions
    assert (pair.earlier, pair.earlier_seat) == ("c", None)


@pytest.mark.parametrize("reason", [Reason.FREED, Reason.RECLAIMED])
@pytest.mark.parametrize("seat_no", [1, 2])
def test_a_seat_that_is_not_the_counters_may_be_out_of_order(reason: Reason, seat_no: int) -> None:
    replies, rows = [won("a", 2, 1, 2), won("b", 1, 3, 4)], {"a": (2, 1), "b": (1, 1)}
    explained = Explanation(reason, range(seat_no, seat_no + 1))
    assert judge_order(replies, rows, [explained]) == Order([], [Inversion("a", 2, "b", 1, explained)])
    for counted in (Reason.ADDED, Reason.RETURNED):
        assert judge_order(replies, rows, [Explanation(counted, range(1, 3))]).inversions
    assert judge_order(replies, rows, [Explanation(reason, range(1, 3), began_at=5)]).inversions


def test_a_reclaimed_seat_hides_no_other_pair() -> None:
    replies, rows = [won("a", 9, 1, 2), won("c", 5, 1, 2), won("b", 1, 3, 4)], {"a": (9, 1), "c": (5, 1), "b": (1, 1)}
    reclaimed = Explanation(Reason.RECLAIMED, range(9, 10))
    assert judge_order(replies, rows, [reclaimed]) == Order([Inversion("c", 5, "b", 1)])


def test_an_excused_pair_is_named() -> None:
    freed = Explanation(Reason.FREED, range(1, 2))
    assert str(Inversion("a", 2, "b", 1, freed)) == "b came after a got seat 2, and got seat 1; seat 1 was freed"
    reclaimed = Explanation(Reason.RECLAIMED, range(2, 3))
    assert str(Inversion("a", 2, "b", 1, reclaimed)).endswith("seat 2 was reclaimed")


# The sweep against every pair

moments = st.integers(0, 12)
spans = st.tuples(moments, moments).map(sorted)
seat_nos = st.integers(1, 8)
lists = st.lists(st.builds(
    lambda reason, seat, width, span: Explanation(reason, range(seat, seat + width), span[0], span[1]),
    st.sampled_from(Reason), seat_nos, st.integers(1, 2), spans), max_size=4)  # fmt: skip
winners = st.lists(st.tuples(seat_nos, st.integers(1, 2), spans), max_size=8)


@given(winners, st.lists(spans, max_size=4), lists)
def test_the_sweep_finds_what_comparing_every_pair_finds(
    given_seats: list[tuple[int, int, list[int]]], sold_out: list[list[int]], listed: list[Explanation]
) -> None:
    seats = {f"w{number}": one for number, one in enumerate(given_seats)}
    replies = [won(user, seat, span[0], span[1]) for user, (seat, _epoch, span) in seats.items()]
    replies += [refused(f"l{number}", span[0], span[1]) for number, span in enumerate(sold_out)]
    found = judge_order(replies, {user: (seat, epoch) for user, (seat, epoch, _span) in seats.items()}, listed)

    def of(seat: int, end: int) -> list[Explanation]:
        return [one for one in listed if seat in one.seats and one.began_at <= end]

    def uncounted(seat: int, end: int) -> bool:
        return any(one.reason in {Reason.FREED, Reason.RECLAIMED} for one in of(seat, end))

    wrong: set[tuple[str, str]] = set()
    excused: set[tuple[str, str]] = set()
    for later, (seat, epoch, (begin, end)) in seats.items():
        before = [one for one in seats.values() if one[1] == epoch and one[2][1] < begin and one[0] >= seat]
        fair = [one for one in before if uncounted(seat, end) or uncounted(one[0], one[2][1])]
        if before:
            (excused if len(fair) == len(before) else wrong).add((later, "seat"))
        told = [span for span in sold_out if span[1] < begin]
        explained = [span for span in told if any(span[0] <= one.ended_at for one in of(seat, end))]
        if told:
            (excused if len(explained) == len(told) else wrong).add((later, "sold out"))

    def named(pairs: list[Inversion]) -> set[tuple[str, str]]:
        return {(pair.later, "seat" if pair.earlier_seat else "sold out") for pair in pairs}

    assert (named(found.inversions), named(found.excused)) == (wrong, excused)
    assert len(found.inversions) + len(found.excused) == len(wrong) + len(excused)


# The size

LARGE = """
import json, resource, time
from cli.judge import judge
from cli.order import Explanation, Reason
from tests.unit.cli.simulated_gates import Gate, Rush
users = [f"user-{number}" for number in range(150_000)]
rush = Rush(Gate(60_000)).run(users + users[:50_000], {100_000: lambda rush: rush.add_seats(10_000)})
rows = rush.gate.rows()
listed = rush.explanations + [Explanation(Reason.FREED, range(seat, seat + 1), 1e9) for seat in range(1, 60_000, 3)]
started = time.process_time()
found = judge(rush.history, rows, 70_000, explanations=listed)
took_s = time.process_time() - started
kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([len(rush.history), found.inversions, len(found.order.excused), took_s, kib]))
"""


def test_200_000_attempts_are_judged_in_ten_seconds_and_500_mib() -> None:
    done = subprocess.run(  # noqa: S603 our own words
        [sys.executable, "-c", LARGE], capture_output=True, text=True, timeout=100, check=True
    )
    attempts, inversions, excused, took_s, kib = json.loads(done.stdout)
    assert (attempts, inversions, excused) == (200_000, 0, 10_000)
    assert took_s <= 10
    assert kib <= 500 * 1024
