"""Within one invocation, what cannot wait for the next pass is noticed within seconds; nothing else costs anything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from eventrush.errors import LedgerError
from eventrush.gate import codec
from eventrush.ledger.ledger import Ledger
from eventrush.models import Verdict
from eventrush.settings import EventSettings, LedgerSettings
from reconcile.handler import INVOCATION_S, Invocation
from tests.deliveries import delivery
from tests.integration.reconcile.conftest import Environment


@dataclass
class VirtualTime:
    """A clock that only sleeping moves; `at` is what happens when so many seconds have passed."""

    now: float = 1000.0
    at: dict[float, Callable[[], object]] = field(default_factory=dict)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for moment in [moment for moment in self.at if self.now >= 1000 + moment]:
            self.at.pop(moment)()

    @property
    def passed_s(self) -> float:
        return self.now - 1000


@dataclass
class Counted:
    """Calls of a method, by name."""

    calls: list[str] = field(default_factory=list)

    def count(self, patch: pytest.MonkeyPatch, owner: object, name: str) -> None:
        method = getattr(owner, name)

        def counted(*args: object, **kwargs: object) -> object:
            self.calls.append(name)
            return method(*args, **kwargs)

        patch.setattr(owner, name, counted)


def invocation(env: Environment, time: VirtualTime, **settings: str) -> Invocation:
    deps = env.with_deps(settings=EventSettings.from_env(settings)).deps
    return Invocation(deps, lambda: time.passed_s < INVOCATION_S, clock=lambda: time.now, sleep=time.sleep)


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


def test_an_idle_minute_is_one_pass_and_short_questions(
    env: Environment, time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.new_event()
    counted = Counted()
    for owner, name in (
        (env.deps.ledger, "list_events"),
        (env.deps.ledger, "get_events"),
        (env.deps.gate, "stored_events"),
        (env.deps.gate, "pending_counts"),
    ):
        counted.count(monkeypatch, owner, name)
    assert invocation(env, time).run()["audited"] == 1
    assert time.passed_s <= INVOCATION_S, "it ends before the next minute's begins"
    assert counted.calls.count("list_events") == 1
    assert counted.calls.count("get_events") == 0
    assert counted.calls.count("stored_events") == 2, "the pass: all, and the rebuilt ones"
    assert counted.calls.count("pending_counts") == 11, "each 5 s until 55 s"


def test_a_setting_of_a_minute_turns_the_questions_off(env: Environment, time: VirtualTime) -> None:
    env.new_event()
    invocation(env, time, RECONCILE_EVERY_S="60").run()
    assert time.passed_s == 0


def test_a_server_that_lost_everything_is_noticed_within_seconds(env: Environment, time: VirtualTime) -> None:
    event, other = env.new_event(), env.new_event()
    later = (event.event_id, other.event_id, "never-created")
    reopened: list[Verdict] = []
    time.at = {
        11: env.empty_gate,
        14.9: lambda: reopened.append(env.claim(event, "early").verdict),
        15.5: lambda: reopened.extend(env.deps.gate.claim(one, "late", "key").verdict for one in later),
    }
    invocation(env, time).run()
    assert reopened == [Verdict.GATE_LOST, Verdict.SUCCESS, Verdict.SUCCESS, Verdict.UNKNOWN_EVENT]


def test_one_lost_event_is_noticed_within_seconds(env: Environment, time: VirtualTime) -> None:
    event = env.new_event()
    env.new_event()
    reopened: list[Verdict] = []
    time.at = {
        11: lambda: env.raw.delete(codec.event_keys(event.event_id).rules),
        15.5: lambda: reopened.append(env.claim(event, "late").verdict),
    }
    invocation(env, time).run()
    assert reopened == [Verdict.SUCCESS]


def test_an_overdue_entry_is_redelivered_within_seconds(env: Environment, time: VirtualTime) -> None:
    event = env.new_event()
    records: list[int] = []

    def win() -> None:
        env.winners(event, "a")
        env.age(event)

    time.at = {11: win, 15.5: lambda: records.append(len(env.uncommitted_records()))}
    invocation(env, time).run()
    assert records == [1]


def test_an_event_created_since_the_pass_is_asked_about(env: Environment, time: VirtualTime) -> None:
    records: list[int] = []

    def create_and_win() -> None:
        event = env.new_event()
        env.winners(event, "a")
        env.age(event)

    time.at = {11: create_and_win, 15.5: lambda: records.append(len(env.uncommitted_records()))}
    invocation(env, time).run()
    assert records == [1]


def test_a_parked_record_is_decided_within_seconds(env: Environment, time: VirtualTime) -> None:
    event = env.new_event()
    parked: list[set[str]] = []

    def park() -> None:
        (entry,) = env.winners(event, "a")
        env.deps.gate.confirm(event.event_id, ["a"])  # so that nothing is pending
        env.deps.ledger.batch.record([], parked=[delivery(entry)])

    time.at = {11: park, 15.5: lambda: parked.append(env.deps.ledger.parked.event_ids())}
    invocation(env, time).run()
    assert parked == [set()]


class Interrupted(Ledger):
    """Does not answer while `down`."""

    down = False

    def list_events(self) -> list[object]:  # type: ignore[override]
        if self.down:
            raise LedgerError("MySQL does not answer, or refuses the connection (error 2003).")
        return super().list_events()  # type: ignore[return-value]


@pytest.fixture
def interrupted(env: Environment) -> Iterator[Interrupted]:
    ledger = Interrupted.connect(LedgerSettings.from_env(env.environ))
    yield ledger
    ledger.close()


def test_a_pass_that_failed_is_made_again_within_seconds_and_fails_the_invocation(
    env: Environment, time: VirtualTime, interrupted: Interrupted, caplog: pytest.LogCaptureFixture
) -> None:
    event = env.new_event()
    env.reconcile()
    env.raw.hset(codec.event_keys(event.event_id).rules, "name", "another")  # which only a pass finds
    interrupted.down = True
    names: list[str] = []
    time.at = {
        7: lambda: setattr(interrupted, "down", False),
        10.5: lambda: names.append(env.facts(event).event.name),
    }
    with pytest.raises(LedgerError, match="MySQL does not answer"):
        invocation(env.with_deps(ledger=interrupted), time).run()
    assert names == [event.name]
    assert caplog.text.count("the pass ended early") == 2, "one line a pass"


def test_an_event_that_failed_is_tried_again_and_fails_the_invocation(env: Environment, time: VirtualTime) -> None:
    """An event of which nothing is pending, and whose rules could not be set."""
    event = env.new_event()
    not_waiting = Ledger(env.deps.ledger.database, rules_wait_s=0)
    env.raw.hset(codec.event_keys(event.event_id).rules, "name", "another")
    with env.second_ledger() as second:
        locked = second.rules_lock()
        locked.__enter__()  # released while the invocation runs
        time.at = {3: lambda: locked.__exit__(None, None, None)}
        names: list[str] = []
        time.at[5.5] = lambda: names.append(env.facts(event).event.name)
        with pytest.raises(LedgerError, match=r"^Another change"):
            invocation(env.with_deps(ledger=not_waiting), time).run()
    assert names == [event.name]


def test_an_invocation_that_is_to_end_does_not_wait(env: Environment, time: VirtualTime) -> None:
    env.new_event()
    stopping = [False]
    time.at = {7: lambda: stopping.insert(0, True)}
    Invocation(env.deps, lambda: not stopping[0], clock=lambda: time.now, sleep=time.sleep).run()
    assert time.passed_s < 7.5
