"""A seat that moves on while it is audited is seen where it was or where it is: none is reported as missing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from eventrush.gate.gate import Gate
from eventrush.seat_audit import SeatAudit
from eventrush.settings import GateSettings
from tests.integration.reconcile.conftest import Environment


def nothing() -> None:
    pass


class InterruptedGate(Gate):
    """Acts before and after the pending seats are read."""

    before: Callable[[], object]
    after: Callable[[], object]

    def pending_seats(self, event_id: str) -> Iterator[int]:
        self.before()
        yield from super().pending_seats(event_id)
        self.after()


@contextmanager
def interrupted(
    env: Environment, *, before: Callable[[], object] = nothing, after: Callable[[], object] = nothing
) -> Iterator[Environment]:
    """Yield the environment with a gate that acts before and after the pending seats are read."""
    gate = InterruptedGate.connect(GateSettings.from_env(env.environ))
    gate.before, gate.after = before, after
    yield env.with_deps(gate=gate)
    gate.close()


def audit(env: Environment) -> SeatAudit:
    """Reconcile the only event; returns its audit."""
    (reconciled,) = env.reconcile().values()
    return reconciled.audit


def test_rows_are_read_after_pending(env: Environment) -> None:
    """The entry is recorded and confirmed before pending is read: its row must be found."""
    event = env.new_event()
    env.deps.publisher.publish_all(env.winners(event, "a"))
    with interrupted(env, before=env.persist) as changing:
        done = audit(changing)
    assert (done.pending, done.recorded, done.missing) == (0, 1, [])


def test_free_seats_are_read_before_pending(env: Environment) -> None:
    """The seat is given after pending was read: it must have been seen as free."""
    event = env.new_event(capacity=2)
    _, last = env.winners(event, "never published", "published")
    env.deps.publisher.publish(last)
    env.empty_gate()
    env.reconcile()
    assert env.deps.gate.free_seats(event.event_id) == [1]
    with interrupted(env, after=lambda: env.winners(event, "late")) as changing:
        assert audit(changing).missing == []
    assert env.seats(event, "late") == [1]


def test_seats_issued_during_the_audit_are_not_audited(env: Environment) -> None:
    event = env.new_event()
    env.winners(event, "a")
    with interrupted(env, after=lambda: env.winners(event, "late")) as changing:
        done = audit(changing)
    assert (done.issued, done.missing) == (1, [])
    assert env.facts(event).issued == 2
