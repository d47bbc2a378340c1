"""An environment repeats a refusal for a second, to users who are certainly no winners."""

import hashlib
import random

import pytest

from eventrush.gate import remembered
from eventrush.gate.remembered import MAX_WINNERS, Moment, Remembered, Version, Winners
from eventrush.models import Outcome, Verdict

LIMIT, CLOSED = Outcome(Verdict.LIMIT_EXCEEDED), Outcome(Verdict.CLOSED)
EMPTY, FULL = Version(1, 0), Version(1, 2)


class Gate:
    """The winners that can be read, how often they were, and an environment's clocks."""

    def __init__(self) -> None:
        self.winners: Winners | None = Winners(FULL, pending=frozenset({b"w", b"x"}))
        self.reads = 0
        self.now = Moment(100.0, 5000.0)
        self.remembered = Remembered(self.read, lambda: self.now)

    def read(self, _event_id: str) -> Winners | None:
        self.reads += 1
        return self.winners

    def pass_time(self, monotonic: float, wall: float | None = None) -> None:
        self.now = Moment(self.now.monotonic + monotonic, self.now.wall + (monotonic if wall is None else wall))

    def learn(self, refusal: Outcome = LIMIT, version: Version = FULL, event_id: str = "e") -> None:
        self.remembered.learn(event_id, refusal, version, self.now)

    def recall(self, user_id: str = "loser", event_id: str = "e") -> Outcome | None:
        return self.remembered.recall(event_id, user_id)


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_nothing_is_recalled_of_an_event_that_was_never_refused(gate: Gate) -> None:
    gate.learn()
    assert gate.recall(event_id="another") is None


def test_a_refusal_is_repeated_to_losers_only(gate: Gate) -> None:
    gate.learn()
    assert gate.recall() == LIMIT
    assert [gate.recall(winner) for winner in ("w", "x")] == [None, None]


def test_a_lease_is_one_second_from_when_the_request_was_sent(gate: Gate) -> None:
    sent = gate.now
    gate.pass_time(0.7)  # the answer took so long
    gate.remembered.learn("e", LIMIT, FULL, sent)
    gate.pass_time(0.29)
    assert gate.recall() == LIMIT
    gate.pass_time(0.01)
    assert gate.recall() is None
    gate.learn()
    assert gate.recall() == LIMIT, "the next refusal begins another"


@pytest.mark.parametrize(("monotonic", "wall"), [(1.0, 0.0), (1.0, -3600.0), (0.0, 1.0)])
def test_either_clock_ends_a_lease(gate: Gate, monotonic: float, wall: float) -> None:
    """A wall clock may be set back; the monotonic clock of a frozen environment may stand still."""
    gate.learn()
    gate.pass_time(monotonic * 0.99, wall * 0.99)
    assert gate.recall() == LIMIT
    gate.pass_time(monotonic * 0.01, wall * 0.01)
    assert gate.recall() is None


@pytest.mark.parametrize("verdict", [Verdict.LIMIT_EXCEEDED, Verdict.NOT_OPEN, Verdict.CLOSED])
def test_a_lease_ends_a_tenth_of_a_second_before_the_next_opening_or_closing(gate: Gate, verdict: Verdict) -> None:
    gate.learn(Outcome(verdict, changes_in_s=0.5))
    gate.pass_time(0.39)
    assert gate.recall() is not None
    gate.pass_time(0.02)
    assert gate.recall() is None


def test_a_change_within_the_margin_is_never_remembered(gate: Gate) -> None:
    gate.learn(Outcome(Verdict.NOT_OPEN, changes_in_s=0.1))
    assert gate.recall() is None


def test_the_time_to_the_opening_falls(gate: Gate) -> None:
    gate.learn(Outcome(Verdict.NOT_OPEN, changes_in_s=10.0), EMPTY)
    gate.pass_time(0.75)
    assert gate.recall() == Outcome(Verdict.NOT_OPEN, changes_in_s=9.25)


def test_without_entries_nothing_is_read(gate: Gate) -> None:
    gate.learn(CLOSED, EMPTY)
    assert gate.recall("anyone") == CLOSED
    assert gate.reads == 0


@pytest.mark.parametrize("other", [Version(2, 2), Version(1, 3), Version(1, 1)])
def test_winners_of_another_version_answer_nothing(gate: Gate, other: Version) -> None:
    gate.winners = Winners(other)
    gate.learn()
    assert gate.recall() is None
    gate.learn(LIMIT, other)
    assert gate.recall() == LIMIT, "they are kept for a refusal of their version"
    assert gate.reads == 1


def test_the_winners_of_a_version_are_read_once(gate: Gate) -> None:
    for _ in range(5):
        gate.learn()
        gate.pass_time(1.0)
    assert gate.reads == 1
    gate.learn(LIMIT, Version(2, 2))
    assert gate.reads == 2
    assert gate.recall() is None, "what was read is not of this version"


def test_a_read_that_failed_is_repeated_at_most_once_a_second(gate: Gate) -> None:
    gate.winners = None
    for _ in range(16):
        gate.learn()
        gate.pass_time(0.125)
    assert gate.reads == 2
    assert gate.recall() is None
    gate.winners = Winners(FULL)
    gate.learn()
    assert gate.recall() == LIMIT


def test_more_than_a_million_winners_are_never_read(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda _low, _high: 0.0)
    most = Version(1, MAX_WINNERS)
    gate.winners = Winners(most)
    gate.learn(LIMIT, Version(1, MAX_WINNERS + 1))
    assert (gate.reads, gate.recall()) == (0, None)
    gate.learn(LIMIT, most)
    assert (gate.reads, gate.recall()) == (1, LIMIT)


def test_a_large_filter_is_read_after_a_random_delay(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        bounds.append((low, high))
        return 1.25

    monkeypatch.setattr(random, "uniform", uniform)
    large = Version(1, 50_001)
    gate.winners = Winners(large)
    gate.learn(LIMIT, large)
    gate.pass_time(1.2)
    gate.learn(LIMIT, large)
    assert gate.reads == 0
    gate.pass_time(0.1)
    gate.learn(LIMIT, large)
    assert (gate.reads, bounds) == (1, [(0, 2.0)])
    gate.learn(LIMIT, Version(1, 50_000), event_id="smaller")
    assert gate.reads == 2, "a smaller one is read at once"


def test_the_event_that_was_first_learned_makes_room_for_the_seventeenth(gate: Gate) -> None:
    events = [str(number) for number in range(17)]
    for event_id in events:
        gate.learn(CLOSED, EMPTY, event_id)
        gate.learn(CLOSED, EMPTY, "1" if event_id != "0" else "0")
    recalled = [event_id for event_id in events if gate.recall(event_id=event_id)]
    assert recalled == events[1:]


def bits_of(user_ids: list[str], bits: int = 1024) -> bytes:
    """Return a filter of these users as `confirm.lua` writes it, by arithmetic of its own."""
    value = 0
    for user_id in user_ids:
        digest = hashlib.sha1(user_id.encode(), usedforsecurity=False).hexdigest()
        for first in range(0, 32, 8):
            value |= 1 << (bits - 1 - int(digest[first : first + 8], 16) % bits)
    return bytes(8) + value.to_bytes(bits // 8, "big")


def test_winners_are_found_by_name_and_by_filter() -> None:
    winners = Winners(FULL, bits_of(["confirmed"]), frozenset({b"pending"}))
    assert [winners.may_contain(user) for user in ("confirmed", "pending", "loser")] == [True, True, False]


@pytest.mark.parametrize("flip", range(4))
def test_each_of_the_four_bits_is_required(flip: int) -> None:
    digest = hashlib.sha1(b"w", usedforsecurity=False).hexdigest()
    at = 64 + int(digest[8 * flip : 8 * flip + 8], 16) % 1024
    confirmed = bytearray(bits_of(["w"]))
    confirmed[at // 8] &= ~(0x80 >> at % 8)
    assert not Winners(FULL, bytes(confirmed)).may_contain("w")


@pytest.mark.parametrize("confirmed", [b"", bytes(8)])
def test_a_filter_without_bits_has_nobody(confirmed: bytes) -> None:
    assert not Winners(FULL, confirmed).may_contain("w")


@pytest.mark.parametrize(("capacity", "bits"), [(1, 1024), (100, 1600), (10**6, 16 * 10**6), (10**9, 16 * 10**6)])
def test_a_filter_has_sixteen_bits_a_seat_and_at_most_two_mebibytes(capacity: int, bits: int) -> None:
    assert remembered.filter_bits(capacity) == bits
    assert bits / 8 < 2 * 2**20
