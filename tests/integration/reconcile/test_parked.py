"""Records that persist parked are decided by reconcile, once their gate is back; nothing else waits for it."""

from eventrush.ledger.dead_letters import Reason
from eventrush.seat_audit import audit
from reconcile.redelivery import decide_parked
from tests.deliveries import delivery
from tests.integration.reconcile.conftest import Environment


def test_a_lost_gate_delays_no_other_event(env: Environment) -> None:
    lost, other = env.new_event(capacity=100), env.new_event(capacity=100)
    users = [f"u{number}" for number in range(100)]
    env.deps.publisher.publish_all(env.winners(lost, *users))
    env.deps.publisher.publish_all(env.winners(other, *users))
    env.deps.ledger.raise_epoch(lost.event_id)  # as a rebuild does before it reads
    env.deps.gate.rebuild_session(lost.event_id).freeze()
    env.persist()
    assert env.deps.ledger.totals(other.event_id).entries == 100
    assert env.deps.ledger.parked.event_ids() == {lost.event_id}
    assert len(env.uncommitted_records()) == 0, "nothing blocks the stream"
    env.reconcile()
    assert env.deps.ledger.totals(lost.event_id).entries == 100
    assert env.deps.ledger.parked.event_ids() == set()
    assert env.seats(lost, *users) == list(range(1, 101))


def test_parked_records_are_carried_by_a_rebuild(env: Environment) -> None:
    event = env.new_event(capacity=3)
    env.deps.publisher.publish_all(env.winners(event, "a", "b"))
    env.deps.ledger.raise_epoch(event.event_id)
    env.empty_gate()
    env.persist()
    (rebuilt,) = env.rebuild(event)
    assert (rebuilt.from_stream, rebuilt.issued, rebuilt.free) == (2, 2, 0)
    assert env.seats(event, "a", "b", "c", "d") == [1, 2, 3]


def test_a_parked_record_whose_seat_was_given_again_is_a_dead_letter(env: Environment) -> None:
    event = env.new_event()
    (before,) = env.winners(event, "before")
    env.empty_gate()
    env.reconcile()
    env.winners(event, "owner")
    env.deps.ledger.batch.record([], parked=[delivery(before)])
    reconciled = env.reconcile()[event.event_id]
    (letter,) = env.deps.ledger.dead_letters.list(event_id=event.event_id, state=None, limit=10)
    assert (letter.user_id, letter.reason) == ("before", Reason.STALE_EPOCH)
    assert (reconciled.audit.parked, reconciled.audit.missing) == (0, [])


def test_what_cannot_be_decided_stays_parked(env: Environment) -> None:
    event = env.new_event()
    env.deps.ledger.batch.record([], parked=[delivery(entry) for entry in env.winners(event, "a", "b")])
    env.deps.gate.rebuild_session(event.event_id).freeze()
    assert decide_parked(env.deps, event.event_id, lambda: True) == 0
    assert sorted(env.deps.ledger.parked.seats(event.event_id)) == [1, 2]


def test_parked_records_are_decided_in_chunks(env: Environment) -> None:
    event = env.new_event(capacity=2500)
    entries = env.winners(event, *(f"u{number}" for number in range(2500)))
    env.deps.ledger.batch.record([], parked=[delivery(entry) for entry in entries])
    chunks = iter([True, False])
    assert decide_parked(env.deps, event.event_id, lambda: next(chunks)) == 2000
    reconciled = env.reconcile()[event.event_id]
    assert (reconciled.audit.recorded, reconciled.audit.parked, reconciled.audit.pending) == (2500, 0, 0)


def test_a_parked_seat_is_not_missing(env: Environment) -> None:
    """Its entry may be parked and pending no more: conservation counts it."""
    event = env.new_event()
    (entry,) = env.winners(event, "a")
    env.deps.ledger.batch.record([], parked=[delivery(entry)])
    env.deps.gate.confirm(event.event_id, ["a"])
    found = audit(env.deps.gate, env.deps.ledger, env.facts(event))
    assert (found.parked, found.missing) == (1, [])
    assert env.deps.ledger.seats.watermark(event.event_id).seat_no == 0, "it is in flight"
