"""What environments remember, against a gate in memory, whatever happens at whatever moment.

Each environment has its own clocks. While it is frozen, its monotonic clock stands still, and its wall clock drifts by
less than the margin of a lease. An environment that is never frozen may have its wall clock set at any moment.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventrush.errors import ConflictError
from eventrush.gate import remembered
from eventrush.gate.remembered import LEASE_WAIT_S, Moment, Remembered, Version
from eventrush.models import Entry, Event, EventFacts, EventState, Outcome, Verdict
from tests.fakes.gate import FakeGate

ID = "e"
USERS = [f"u{number}" for number in range(5)]
REFUSALS = {Verdict.LIMIT_EXCEEDED, Verdict.NOT_OPEN, Verdict.CLOSED}
NO_LONGER_TOLD = {Verdict.PAUSED, Verdict.GATE_LOST}  # what the gate itself may tell meanwhile: nothing is decided
DRIFT_S = 0.04  # to either side, while an environment is frozen
USER, ENVIRONMENT = st.sampled_from(USERS), st.integers(0, 2)
type Step = tuple[Any, ...]  # a method of World, and its arguments


@dataclass
class Claim:
    """A claim on its way; what the gate said once it is decided, and who was no winner then."""

    user_id: str
    attempt_id: str
    sent: Moment
    outcome: Outcome | None = None
    version: Version | None = None
    losers: frozenset[str] = frozenset()


@dataclass
class Environment:
    """An environment and its clocks; `started` is when it and its gate's clock were the same."""

    gate: FakeGate
    can_freeze: bool
    base_s: float  # of its wall clock, against the gate's
    started: datetime = field(init=False)
    lost_s: float = 0.0  # of the monotonic clock
    frozen_at: datetime | None = None
    claim: Claim | None = None
    losers: frozenset[str] = frozenset()  # those who would have been refused as well when the last refusal was decided

    def __post_init__(self) -> None:
        self.started, self.offset_s = self.gate.now, self.base_s
        self.remembered = Remembered(self.gate.winners, self.clock)

    def clock(self) -> Moment:
        since = (self.gate.now - self.started).total_seconds()
        frozen_s = (self.gate.now - self.frozen_at).total_seconds() if self.frozen_at else 0.0
        return Moment(1000.0 + since - self.lost_s - frozen_s, 50_000.0 + since + self.offset_s)


class World:
    """Environments, operators, persist, and a gate that loses its memory. A step that is not possible does nothing."""

    def __init__(self, capacity: int, offset_s: float, opens: float | None = None, closes: float | None = None) -> None:
        self.recalled: Counter[tuple[Verdict, Verdict]] = Counter()  # what was answered, and what the gate said then
        self.gate = FakeGate(lease_wait=timedelta(seconds=LEASE_WAIT_S))
        self.lost_at = self.gate.now
        self.gone: list[Entry] = []  # entries that a rebuild did not find, and whose record may land later
        self.attempts = 0
        self.is_refused = False  # whether somebody was told that all seats are taken, and none was added or freed since
        kinds = [(True, offset_s), (True, -offset_s), (False, offset_s)]
        self.environments = [Environment(self.gate, *kind) for kind in kinds]
        opens_at = self.later(opens)
        closes_at = opens_at + timedelta(seconds=closes) if opens_at and closes else self.later(closes)
        self.gate.create(Event(ID, "An event", capacity, opens_at, closes_at))

    def run(self, steps: Sequence[Step]) -> None:
        """Do these steps, and check every answer after each."""
        for step, *arguments in steps:
            step(self, *arguments)
            self.every_answer_from_memory_is_true()

    # ---- environments
    def send(self, number: int, user_id: str) -> None:
        environment = self.environments[number]
        self.thaw(number)
        self.attempts += 1
        environment.claim = Claim(user_id, str(self.attempts), environment.clock())

    def decide(self, number: int) -> None:
        claim = self.environments[number].claim
        if claim is None or claim.outcome:
            return
        losers = frozenset(USERS) - self.winners()
        claim.outcome, claim.version = self.gate.claim(ID, claim.user_id, claim.attempt_id), self.gate.version(ID)
        claim.losers = losers
        match claim.outcome.verdict:
            case Verdict.SUCCESS:
                assert not self.is_refused, "somebody who asked earlier was told that all seats are taken"
                self.gone = [entry for entry in self.gone if entry.user_id != claim.user_id]
            case Verdict.LIMIT_EXCEEDED:
                self.is_refused = True

    def hear(self, number: int) -> None:
        environment = self.environments[number]
        claim, environment.claim = environment.claim, None
        if claim and claim.outcome and claim.version and claim.outcome.verdict in REFUSALS and not self.gate.lost:
            environment.losers = claim.losers
            environment.remembered.learn(ID, claim.outcome, claim.version, claim.sent)

    def ask(self, number: int, user_id: str) -> None:
        """Claim within one moment, as most do."""
        self.send(number, user_id)
        self.decide(number)
        self.hear(number)

    def freeze(self, number: int) -> None:
        environment = self.environments[number]
        if environment.can_freeze and not environment.frozen_at:
            environment.frozen_at = self.gate.now

    def thaw(self, number: int) -> None:
        environment = self.environments[number]
        if environment.frozen_at:
            environment.lost_s += (self.gate.now - environment.frozen_at).total_seconds()
            environment.frozen_at = None

    def set_wall_clock(self, number: int, offset: int) -> None:
        environment = self.environments[number]
        drift_s = DRIFT_S if environment.can_freeze else 3600
        environment.offset_s = environment.base_s + offset * drift_s

    # ---- operators, persist, reconcile
    def configure(self, **changes: object) -> None:
        if self.gate.lost:
            return
        try:
            self.gate.configure(replace(self.facts().event, **changes))  # type: ignore[arg-type]
        except ConflictError:
            return

    def set_state(self, state: EventState) -> None:
        self.configure(state=state)

    def resize(self, capacity: int) -> None:
        self.configure(capacity=capacity)

    def set_times(self, opens: float | None, closes: float | None) -> None:
        if opens is None or closes is None or opens < closes:
            self.configure(opens_at=self.later(opens), closes_at=self.later(closes))

    def confirm(self, users: set[str]) -> None:
        self.gate.confirm(ID, sorted(users))

    def reclaim(self) -> None:
        """Let a late record land."""
        if self.gate.lost or not self.gone:
            return
        free = self.facts().free
        self.gate.reclaim([self.gone.pop()])
        self.is_refused &= self.facts().free <= free  # seats below it were freed

    def evict_filter(self) -> None:
        self.gate.evict_filter(ID)

    def lose(self) -> None:
        if not self.gate.lost:
            self.gate.lost, self.lost_at = True, self.gate.now

    def rebuild(self, dropped: set[str]) -> None:
        """Open it again, under a new epoch, as early as it may be."""
        if not self.gate.lost:
            return
        self.advance_to(self.lost_at + timedelta(seconds=LEASE_WAIT_S))
        self.gone += self.gate.rebuild(ID, dropped)
        self.is_refused = False

    # ---- time
    def wait(self, seconds: float) -> None:
        self.advance_to(self.gate.now + timedelta(seconds=seconds))

    def wait_for_a_moment(self, number: int, after_s: float) -> None:
        """Let time pass until something ends, or just before or after."""
        state = self.gate.state(ID)
        times = [state.event.opens_at, state.event.closes_at, state.wait_until, *state.hidden.values()]
        later = sorted(time for time in times if time and time > self.gate.now)
        if later:
            self.advance_to(later[number % len(later)] + timedelta(seconds=after_s))

    def advance_to(self, moment: datetime) -> None:
        before, self.gate.now = self.gate.now, max(self.gate.now, moment)
        if not self.gate.lost and before < self.gate.state(ID).wait_until <= self.gate.now:  # a change counts
            self.is_refused &= self.facts().remaining <= 0

    # ---- what must hold
    def every_answer_from_memory_is_true(self) -> None:
        winners = self.winners()
        for environment in self.environments:
            for user_id in USERS:
                answer = environment.remembered.recall(ID, user_id)
                if answer is None:
                    continue
                assert user_id not in winners, "a winner is never refused"
                assert user_id in environment.losers, "nor was the answer untrue when its lease began"
                said = self.gate.verdict(ID, user_id)
                assert said in NO_LONGER_TOLD | {answer.verdict}
                if answer.verdict is Verdict.LIMIT_EXCEEDED:
                    self.is_refused = True
                if answer.verdict is Verdict.NOT_OPEN:
                    opens_at = self.gate.state(ID).event.opens_at
                    assert opens_at
                    assert opens_at > self.gate.now, "nor is an event not open that is open by its times"
                    if said is Verdict.NOT_OPEN:
                        left_s = (opens_at - self.gate.now).total_seconds()
                        assert 0 < answer.changes_in_s <= left_s + 2 * DRIFT_S + 1e-6
                self.recalled[answer.verdict, said] += 1

    def winners(self) -> frozenset[str]:
        """Return who has an entry that counts, in whatever state the gate is."""
        state = self.gate.state(ID)
        return frozenset(user for user in state.entries if state.hidden.get(user, self.gate.now) <= self.gate.now)

    def facts(self) -> EventFacts:
        facts = self.gate.facts(ID)
        assert facts
        return facts

    def later(self, seconds: float | None) -> datetime | None:
        return None if seconds is None else self.gate.now + timedelta(seconds=seconds)


# Opening and closing times, from now: soon, within a wait, after it, never.
IN_S = st.sampled_from([None, None, 0.15, 0.6, 1.1, 1.5, 1.6, 2.2, 4.0])
STEP = st.one_of(
    st.tuples(st.just(World.ask), ENVIRONMENT, USER),
    st.tuples(st.just(World.ask), ENVIRONMENT, USER),
    st.tuples(st.just(World.send), ENVIRONMENT, USER),
    st.tuples(st.sampled_from([World.decide, World.hear, World.freeze, World.thaw]), ENVIRONMENT),
    st.tuples(st.just(World.set_wall_clock), ENVIRONMENT, st.sampled_from([-1, 0, 1])),
    st.tuples(st.just(World.set_state), st.sampled_from(EventState)),
    st.tuples(st.just(World.resize), st.integers(1, 4)),
    st.tuples(st.just(World.set_times), IN_S, IN_S),
    st.tuples(st.just(World.confirm), st.sets(USER, min_size=1)),
    st.tuples(st.sampled_from([World.lose, World.reclaim, World.evict_filter])),
    st.tuples(st.just(World.rebuild), st.sets(USER)),
    st.tuples(st.just(World.wait), st.sampled_from([0.001, 0.02, 0.1, 0.3, 0.7, 1.0, 1.2, 1.5, 3.0])),
    st.tuples(st.just(World.wait_for_a_moment), st.integers(0, 9), st.sampled_from([-0.05, -0.001, 0.0, 0.02, 0.05])),
)


@pytest.fixture(scope="module", autouse=True)
def _large_filters() -> Iterator[None]:
    """Let two winners be many, so that their filter is read some time after the first refusal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remembered, "_LARGE", 1)
        patch.setattr(remembered, "_LARGE_DELAY_S", 0.3)
        yield


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1, 2), st.floats(-0.2, 0.2), IN_S, IN_S, st.lists(STEP, min_size=15, max_size=60))
def test_every_answer_from_memory_is_what_the_gate_would_say(
    capacity: int, offset_s: float, opens: float | None, closes: float | None, steps: list[Step]
) -> None:
    World(capacity, offset_s, opens, closes).run(steps)


A, B, C = range(3)  # environments; C is never frozen
ASK, WAIT = World.ask, World.wait
# One seat is taken, and B was told so; the same of two seats, whose filter B read some time later.
ONE_TAKEN: list[Step] = [(ASK, A, "u0"), (ASK, B, "u1")]
TWO_TAKEN: list[Step] = [(ASK, A, "u0"), (ASK, A, "u1"), (ASK, B, "u4"), (WAIT, 0.7), (ASK, B, "u4")]
# Two seats are taken, the gate loses u1's, and the event is closed.
CLOSED_WITHOUT_U1: list[Step] = [
    *TWO_TAKEN[:2], (World.lose,), (World.rebuild, {"u1"}),
    (World.set_state, EventState.CLOSED), (WAIT, 1.5), (ASK, B, "u3"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("capacity", "opens", "closes", "steps"),
    [
        pytest.param(1, None, None, ONE_TAKEN, id="a pending winner"),
        pytest.param(1, None, None, [ONE_TAKEN[0], (World.confirm, {"u0"}), ONE_TAKEN[1]], id="a confirmed winner"),
        pytest.param(
            1, None, None,
            [(ASK, A, "u0"), (World.send, B, "u1"), (World.decide, B), (World.resize, 2), (WAIT, 0.9), (World.hear, B),
             (WAIT, 0.6)],
            id="an answer that is heard late",
        ),
        pytest.param(
            1, None, None, [*ONE_TAKEN, (World.resize, 2), (World.freeze, B), (WAIT, 1.5)],
            id="a change while an environment is frozen",
        ),
        pytest.param(
            1, None, None,
            [(ASK, C, "u0"), (ASK, C, "u1"), (World.set_wall_clock, C, -1), (World.resize, 2), (WAIT, 1.5)],
            id="a wall clock that is set back",
        ),
        pytest.param(1, None, None, [*ONE_TAKEN, (World.resize, 2)], id="more seats"),
        pytest.param(1, None, None, [*ONE_TAKEN, (World.set_state, EventState.CLOSED)], id="a closing"),
        pytest.param(1, 4.0, None, [(ASK, B, "u1"), (World.set_times, None, None)], id="an opening that is cancelled"),
        pytest.param(
            1, 4.0, None, [(ASK, B, "u1"), (World.set_times, 0.15, None), (WAIT, 0.3)], id="an opening within the wait"
        ),
        pytest.param(
            1, None, None,
            [ONE_TAKEN[0], (World.set_state, EventState.CLOSED), (WAIT, 1.5), ONE_TAKEN[1],
             (World.set_state, EventState.OPEN), (World.resize, 1)],
            id="a harmless change while another waits",
        ),
        pytest.param(
            1, 0.6, None, [(ASK, B, "u1"), (World.freeze, B), (World.set_wall_clock, B, -1), (WAIT, 0.6)],
            id="an opening while a clock drifts",
        ),
        pytest.param(1, 4.0, None, [(ASK, B, "u1"), (WAIT, 0.7)], id="the time to an opening"),
        pytest.param(1, None, 0.6, [*ONE_TAKEN, (WAIT, 0.6)], id="the end of a sold-out event"),
        pytest.param(1, None, None, [*ONE_TAKEN, (World.lose,), (World.rebuild, {"u0"})], id="a seat that is lost"),
        pytest.param(
            2, None, None, [*TWO_TAKEN, (World.lose,), (World.rebuild, {"u1"}), (ASK, A, "u2"), (ASK, B, "u4")],
            id="as many other winners",
        ),
        pytest.param(2, None, None, [*CLOSED_WITHOUT_U1, (World.reclaim,)], id="a late record"),
        pytest.param(
            2, None, None, [*CLOSED_WITHOUT_U1, (World.reclaim,), (WAIT, 1.5), (ASK, B, "u3")],
            id="one winner more than were read",
        ),
        pytest.param(
            1, None, None, [ONE_TAKEN[0], (World.confirm, {"u0"}), (World.evict_filter,), ONE_TAKEN[1]],
            id="a filter that is gone",
        ),
    ],
)  # fmt: skip
def test_a_known_danger(capacity: int, opens: float | None, closes: float | None, steps: list[Step]) -> None:
    World(capacity, 0.0, opens, closes).run(steps)


@pytest.mark.parametrize("capacity", [1, 2])
def test_a_refusal_is_recalled(capacity: int) -> None:
    """Else nothing above would be tested."""
    world = World(capacity, 0.0, opens=1.5)
    world.run([(ASK, B, "u0"), (WAIT, 1.5)])
    assert {said for said, _ in world.recalled} == {Verdict.NOT_OPEN}
    world.run(ONE_TAKEN if capacity == 1 else TWO_TAKEN)
    world.run([(World.set_state, EventState.CLOSED), (WAIT, 1.5), (ASK, B, "u4")])
    world.run([(World.resize, 3), (World.lose,)])
    assert {said for said, _ in world.recalled} == REFUSALS
    assert {said for _, said in world.recalled} == REFUSALS | NO_LONGER_TOLD
