"""Changes during a rebuild are neither lost nor undone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from admin.service import Admin
from eventrush.errors import GateLostError, StreamUnavailableError
from eventrush.gate import codec
from eventrush.ledger.ledger import Ledger
from eventrush.ledger.seats import Seats
from eventrush.models import Delivery, Entry, EventState, Verdict
from tests.deliveries import delivery
from tests.integration.conftest import connected
from tests.integration.reconcile.conftest import Environment


def test_an_event_paused_during_a_rebuild_stays_paused(env: Environment) -> None:
    event = env.new_event()
    env.empty_gate()
    admin = Admin(env.deps.gate, env.deps.ledger)

    def pause() -> None:
        with pytest.raises(GateLostError):
            admin.pause(event.event_id)

    env.during_rebuild(pause).reconcile()
    assert env.claim(event, "a").verdict is Verdict.PAUSED
    assert admin.show(event.event_id).event.state is EventState.PAUSED


class InterruptedSeats(Seats):
    """Records an entry after the rows were read, as a batch that read the epochs before."""

    def __init__(self, ledger: Ledger, late: Entry) -> None:
        super().__init__(ledger.database)
        self._ledger = ledger
        self._late = late
        self.parked: Sequence[Delivery] = ()

    def entries(self, event_id: str) -> Iterator[list[Entry]]:
        yield from super().entries(event_id)
        self.parked = self._ledger.batch.record([delivery(self._late)]).parked


def test_a_record_that_a_batch_took_for_current_is_parked_during_a_rebuild(env: Environment) -> None:
    event = env.new_event(capacity=3)
    late, other = env.winners(event, "late", "other")
    env.deps.publisher.publish_all([late, other])
    env.empty_gate()
    ledger = Ledger(env.deps.ledger.database)
    ledger.seats = seats = InterruptedSeats(ledger, late)
    env.with_deps(ledger=ledger).reconcile()
    assert env.seats(event, "new", "other", "late") == [3, 2, 1]
    assert [parked.entry for parked in seats.parked] == [late]
    assert env.deps.ledger.seats.by_user(event.event_id, ["late"]) == {"late": 1}
    assert not env.deps.ledger.parked.event_ids()


def test_the_dead_letter_of_a_former_owner_does_not_take_the_seat(env: Environment) -> None:
    event = env.new_event()
    (before,) = env.winners(event, "before")
    env.empty_gate()
    env.reconcile()
    (owner,) = env.winners(event, "owner")
    assert owner.seat_no == before.seat_no
    env.deps.publisher.publish(before)
    env.persist()
    env.restart_gate(event)
    env.reconcile()
    assert env.seats(event, "owner", "next") == [1, 2]


def test_of_two_records_of_a_seat_the_newer_epoch_wins(env: Environment) -> None:
    event = env.new_event()
    (before,) = env.winners(event, "before")
    env.empty_gate()
    env.reconcile()
    (owner,) = env.winners(event, "owner")
    env.deps.publisher.publish(before)
    env.deps.publisher.publish(owner)
    env.empty_gate()
    env.reconcile()
    assert env.seats(event, "owner", "next") == [1, 2]


def test_an_event_cannot_be_created_during_a_rebuild(env: Environment) -> None:
    """Reconcile may rebuild a new event between its creation in the ledger and in the gate."""
    event = env.new_event()
    env.empty_gate()
    env.deps.gate.rebuild_session(event.event_id).freeze()
    assert not env.deps.gate.create(event)


def test_a_rebuild_cannot_reopen_after_another_has_started(env: Environment) -> None:
    event = env.new_event()
    first, second = (env.deps.gate.rebuild_session(event.event_id) for _ in range(2))
    first.freeze()
    second.freeze()
    with pytest.raises(GateLostError):
        first.reopen(event, 5, [1, 2, 3], None)
    for _ in range(2):
        second.reopen(replace(event, epoch=2), 2, [1], None)
        assert env.deps.gate.free_seats(event.event_id) == [1], "reopening twice is the same as once"


def test_without_run_ids_a_server_emptied_during_a_rebuild_is_noticed(env: Environment) -> None:
    event = env.new_event()
    with connected({**env.environ, "GATE_IDENTITY": "blank"}) as gate:
        session = gate.rebuild_session(event.event_id)
        session.freeze()
        env.empty_gate()
        with pytest.raises(GateLostError):
            session.reopen(event, 0, [], None)


def test_a_gate_that_is_no_longer_lost_is_not_rebuilt(env: Environment) -> None:
    event = env.new_event()
    assert env.rebuild(event, only_lost=True) == []
    assert env.claim(event, "a").verdict is Verdict.SUCCESS


def test_a_gate_that_changes_during_its_rebuild_does_not_block_others(env: Environment) -> None:
    first, second = env.new_event(), env.new_event()
    env.empty_gate()
    changed = env.during_rebuild(lambda: env.raw.delete(codec.event_keys(first.event_id).rules))
    with pytest.raises(GateLostError, match=first.event_id):
        changed.reconcile()
    assert env.claim(second, "a").verdict is Verdict.SUCCESS


def test_a_gate_that_cannot_be_rebuilt_does_not_block_other_events(env: Environment) -> None:
    lost, other = env.new_event(), env.new_event()
    env.winners(other, "a")
    env.age(other)
    env.raw.delete(*codec.event_keys(lost.event_id))

    def fail() -> None:
        raise StreamUnavailableError("Kafka does not answer.")

    with pytest.raises(StreamUnavailableError):
        env.during_rebuild(fail).reconcile()
    assert len(env.uncommitted_records()) == 1


def test_a_rebuild_raises_the_epoch_above_the_gate_s(env: Environment) -> None:
    event = env.new_event()
    for _ in range(3):
        (rebuilt,) = env.rebuild(event)
    assert rebuilt.event.epoch == 4
    with env.deps.ledger.database.transaction() as cursor:
        cursor.execute("UPDATE event SET epoch = 1 WHERE event_id = %s", (event.event_id,))
    env.reconcile()
    facts = env.facts(event)
    assert facts.event.epoch == 5
