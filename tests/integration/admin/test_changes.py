"""An operator's change is the same in gate and ledger, waits for leases, and is in the log."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from admin.service import Admin
from cli.environment import environment
from eventrush.errors import ConflictError, GateUnavailableError, LedgerError
from eventrush.gate.gate import Gate
from eventrush.gate.remembered import LEASE_WAIT_S
from eventrush.ledger.ledger import Ledger
from eventrush.models import Event, EventState, Position, Verdict
from eventrush.settings import GateSettings
from eventrush.timestamps import to_iso
from local.servers import Stack
from persist.service import persist
from reconcile.progress import Failures
from reconcile.repair import repair_gates
from tests.deliveries import an_entry, record_of
from tests.fakes.gate import FakeGate
from tests.integration.conftest import kill_connection_of, new_id
from tests.waiting import until

WAIT = timedelta(seconds=LEASE_WAIT_S)
HOUR = timedelta(hours=1)


@dataclass
class Changes:
    """The commands on a gate whose changes wait, as on AWS."""

    admin: Admin
    stack: Stack

    def create(self, **rules: object) -> Event:
        return self.admin.create(Event(new_id(), "An event", 3, **rules))  # type: ignore[arg-type]

    def schedule(self, event: Event, **times: datetime | None) -> Event:
        return self.admin.schedule(event.event_id, times)

    def verdict(self, event: Event, user_id: str = "u") -> Verdict:
        return self.admin.gate.claim(event.event_id, user_id, "a").verdict

    def now(self, event: Event) -> datetime:
        facts = self.admin.gate.facts(event.event_id)
        assert facts
        return facts.server_time

    def in_gate(self, event: Event) -> Event:
        facts = self.admin.gate.facts(event.event_id)
        assert facts
        return facts.event

    def in_ledger(self, event: Event) -> Event:
        return self.admin.ledger.get_event(event.event_id)

    def log(self, event: Event) -> list[tuple[str, dict[str, Any]]]:
        changes = self.admin.list_changes(event.event_id, 100)
        assert {change.operator for change in changes} <= {self.admin.operator}
        return [(change.command, dict(change.details)) for change in changes]

    def repair(self, event: Event) -> None:
        """Do what the next pass of reconcile does."""
        deps: Any = self.admin  # it has a gate and a ledger, and nothing else is needed
        failures = Failures(self.admin.gate, self.admin.ledger)
        repair_gates(deps, [self.in_ledger(event)], {}, failures)
        assert failures.by_event == {}


@pytest.fixture
def changes(stack: Stack, real_ledger: Ledger) -> Iterator[Changes]:
    gate = Gate.connect(GateSettings.from_env(environment(stack) | {"GATE_TIMEOUT_MS": "2000"}))
    yield Changes(Admin(gate, real_ledger, "a test"), stack)
    gate.close()


class Interrupted:
    """A gate or a ledger that does something before or after one of its operations."""

    def __init__(self, of: Gate | Ledger, name: str, act: Callable[[], object], *, first: bool) -> None:
        self._of, self._name, self._act, self._first = of, name, act, first

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._of, name)
        if name != self._name:
            return operation

        def interrupted(*arguments: object) -> object:
            if self._first:
                self._act()
            result = operation(*arguments)
            if not self._first:
                self._act()
            return result

        return interrupted


def test_times_are_changed_in_gate_and_ledger(changes: Changes) -> None:
    event = changes.create()
    opens, closes = datetime.now(UTC) + HOUR, datetime.now(UTC) + 2 * HOUR
    set_to = changes.schedule(event, opens_at=opens, closes_at=closes)
    assert set_to == replace(event, opens_at=opens, closes_at=closes)
    assert changes.in_gate(event) == changes.in_ledger(event) == set_to
    assert changes.verdict(event) is Verdict.PAUSED
    until(lambda: changes.verdict(event) is Verdict.NOT_OPEN)
    changes.schedule(event, closes_at=None)
    assert changes.in_ledger(event) == changes.in_gate(event) == replace(event, opens_at=opens)


@pytest.mark.parametrize("opens_in", [timedelta(milliseconds=200), None], ids=["soon", "now"])
def test_an_opening_is_moved_to_the_end_of_the_wait_at_the_earliest(
    changes: Changes, opens_in: timedelta | None
) -> None:
    event = changes.create(opens_at=datetime.now(UTC) + HOUR)
    before = changes.now(event)
    wanted = before + opens_in if opens_in else None
    set_to = changes.schedule(event, opens_at=wanted)
    assert set_to.opens_at
    assert before + WAIT <= set_to.opens_at <= changes.now(event) + WAIT
    assert changes.in_gate(event) == changes.in_ledger(event) == set_to, "both stores have what counts"
    told: list[Verdict] = []

    def is_open() -> bool:
        told.append(changes.verdict(event))
        return told[-1] is Verdict.SUCCESS

    until(is_open)
    assert changes.now(event) >= set_to.opens_at
    assert set(told) == {Verdict.PAUSED, Verdict.SUCCESS}, "nobody is told that it is not open"


def test_an_event_that_has_opened_opens_again_later(changes: Changes) -> None:
    event = changes.create(opens_at=datetime.now(UTC) - HOUR)
    assert changes.verdict(event) is Verdict.SUCCESS
    changes.schedule(event, opens_at=event.opens_at, closes_at=datetime.now(UTC) + HOUR)
    later = datetime.now(UTC) + timedelta(minutes=30)
    assert changes.schedule(event, opens_at=later).opens_at == later
    until(lambda: changes.verdict(event, "v") is Verdict.NOT_OPEN)


def test_an_event_that_has_ended_is_given_more_time_and_does_not_expire(changes: Changes) -> None:
    event = changes.create(closes_at=datetime.now(UTC) - HOUR)
    changes.admin.gate.set_expiry({event.event_id: datetime.now(UTC) + HOUR})
    changes.schedule(event, closes_at=datetime.now(UTC) + HOUR)
    stored = changes.admin.gate.stored_events([event.event_id])[event.event_id]
    assert stored
    assert stored.longest is None
    until(lambda: changes.verdict(event) is Verdict.SUCCESS)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"opens_at": -HOUR}, "opensAt: is over"),
        ({"closes_at": -HOUR}, "closesAt: must be at least 3 seconds from now"),
        ({"closes_at": timedelta(seconds=1)}, "closesAt: must be at least 3 seconds from now"),
        ({"closes_at": timedelta(minutes=10)}, "closesAt: must be after the opening time, "),
        ({"opens_at": 3 * HOUR}, "opensAt: must be before the closing time, "),
    ],
    ids=str,
)
def test_times_that_cannot_be_are_refused(changes: Changes, times: dict[str, timedelta], said: str) -> None:
    now = datetime.now(UTC)
    event = changes.create(opens_at=now + HOUR, closes_at=now + 2 * HOUR)
    with pytest.raises(ConflictError, match=f"^{said}"):
        changes.schedule(event, **{name: now + at for name, at in times.items()})
    assert changes.in_gate(event) == changes.in_ledger(event) == event
    assert [command for command, _ in changes.log(event)] == ["create"]


def test_the_ledger_fails_after_the_gate_has_new_times(changes: Changes, stack: Stack) -> None:
    """Reconcile sets the gate back, to the end of the wait at the earliest, and both agree."""
    soon = datetime.now(UTC) + timedelta(seconds=4)
    event = changes.create(opens_at=soon)
    gate: Any = Interrupted(
        changes.admin.gate, "configure", lambda: kill_connection_of(changes.admin.ledger, stack), first=False
    )
    with pytest.raises(LedgerError):
        Admin(gate, changes.admin.ledger, "a test").schedule(event.event_id, {"opens_at": soon + HOUR})
    assert changes.in_gate(event).opens_at == soon + HOUR
    assert changes.in_ledger(event) == event
    assert [command for command, _ in changes.log(event)] == ["create"], "what is not in the ledger is not in its log"
    until(lambda: changes.now(event) > soon - WAIT)
    changes.repair(event)
    set_to = changes.in_gate(event)
    assert set_to == changes.in_ledger(event)
    assert set_to.opens_at
    assert soon < set_to.opens_at <= changes.now(event) + WAIT
    changes.repair(event)
    assert changes.in_gate(event) == set_to, "and that is stable"


def test_a_pause_does_not_move_an_opening_into_its_wait(changes: Changes) -> None:
    """The ledger's opening is another one, as after a `schedule` that failed half-way."""
    event = changes.create(opens_at=datetime.now(UTC) + HOUR)
    changes.admin.ledger.update_event(replace(event, opens_at=datetime.now(UTC)))
    before = changes.now(event)
    changes.admin.pause(event.event_id)
    set_to = changes.in_gate(event)
    assert set_to.opens_at
    assert set_to.opens_at >= before + WAIT
    assert set_to == changes.in_ledger(event)


def test_the_gate_does_not_answer(changes: Changes) -> None:
    event = changes.create()

    def fail() -> None:
        raise GateUnavailableError("Redis does not answer.")

    gate: Any = Interrupted(changes.admin.gate, "configure", fail, first=True)
    with pytest.raises(GateUnavailableError):
        Admin(gate, changes.admin.ledger).schedule(event.event_id, {"opens_at": datetime.now(UTC) + HOUR})
    assert changes.in_gate(event) == changes.in_ledger(event) == event


def test_an_event_is_renamed_without_a_wait(changes: Changes) -> None:
    event = changes.create()
    assert changes.admin.rename(event.event_id, "가을").name == "가을"
    assert changes.in_gate(event) == changes.in_ledger(event) == replace(event, name="가을")
    assert changes.verdict(event) is Verdict.SUCCESS


def test_the_log_has_every_change_with_the_values_before_and_after(changes: Changes) -> None:
    opens = datetime.now(UTC) + HOUR
    event = changes.create()
    changes.admin.resize(event.event_id, 5)
    changes.admin.resize(event.event_id, 4)
    changes.admin.pause(event.event_id)
    changes.admin.rename(event.event_id, "가을")
    changes.schedule(event, opens_at=opens)
    with pytest.raises(ConflictError):
        changes.admin.resize("no-such-event", 5)
    assert changes.log(event) == [
        ("schedule", {"opensAt": [None, to_iso(opens)]}),
        ("rename", {"name": ["An event", "가을"]}),
        ("pause", {"state": ["OPEN", "PAUSED"]}),
        ("resize", {"capacity": [5, 4]}),
        ("resize", {"capacity": [3, 5]}),
        ("create", {"name": "An event", "capacity": 3, "opensAt": None, "closesAt": None}),
    ]
    assert [change.command for change in changes.admin.list_changes(event.event_id, 2)] == ["schedule", "rename"]
    newest = changes.admin.list_changes(None, 1)[0].logged_at
    assert newest
    assert abs(newest - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_log_is_written_with_its_change_or_not_at_all(changes: Changes) -> None:
    event = changes.create()
    unknown = replace(changes.admin, operator="o" * 1001)  # more than the column takes
    with pytest.raises(LedgerError):
        unknown.rename(event.event_id, "Another name")
    with pytest.raises(LedgerError):
        unknown.create(replace(event, event_id=f"{event.event_id}-2"))
    assert changes.in_ledger(event) == changes.in_gate(event) == event
    assert f"{event.event_id}-2" not in changes.admin.ledger.event_ids()
    assert changes.in_ledger(event).state is EventState.OPEN


def test_a_dead_letter_is_settled_in_the_log_once(changes: Changes) -> None:
    event = changes.create()
    record = record_of(an_entry(event.event_id, 4, "w"))  # beyond the capacity
    persist(FakeGate(), changes.admin.ledger.batch, [record])
    at: Position = record.position
    for reason in ("a test", "another reason"):
        changes.admin.discard(at, reason)
    assert changes.log(event)[0] == ("discard", {"position": str(at)})
    assert len(changes.log(event)) == 2
