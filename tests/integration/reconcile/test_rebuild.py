"""A gate that lost its memory is rebuilt from ledger, stream and what it still holds, and nobody loses a seat."""

from dataclasses import replace

import pytest

from eventrush.errors import LedgerError
from eventrush.gate import codec
from eventrush.models import Event, Verdict
from tests.deliveries import an_entry
from tests.integration.reconcile.conftest import World


def seats(world: World, event: Event, *users: str) -> list[int]:
    """Have users claim again; give the seats that they are told."""
    return [entry.seat_no for entry in world.won(event, *users)]


def test_an_emptied_gate_refuses_claims_until_it_is_rebuilt(world: World) -> None:
    event = world.new_event()
    world.won(event, "a")
    world.lose()
    assert world.claim(event, "b").verdict is Verdict.GATE_LOST
    world.reconcile()
    assert world.claim(event, "b").verdict is Verdict.SUCCESS
    facts = world.deps.gate.facts(event.event_id)
    recorded = world.deps.ledger.get_event(event.event_id)
    assert facts is not None
    assert recorded is not None
    assert (facts.event.epoch, recorded.epoch) == (event.epoch + 1, event.epoch + 1)


def test_recorded_and_published_entries_keep_their_seats(world: World) -> None:
    event = world.new_event(capacity=4)
    recorded, published = world.won(event, "recorded", "published")
    world.deps.publisher.publish(recorded)
    world.persist()
    world.deps.publisher.publish(published)
    world.lose()
    world.reconcile()
    assert seats(world, event, "recorded", "published") == [1, 2]
    held = world.deps.gate.entry(event.event_id, "recorded")
    carried = world.deps.gate.entry(event.event_id, "published")
    assert held is not None
    assert carried is not None
    assert (held.pending, carried.pending) == (False, True)
    assert seats(world, event, "x", "y", "z") == [3, 4], "and no seat is given twice"
    world.persist()
    assert world.deps.ledger.seats.by_user(event.event_id, ["recorded", "published"]) == {
        "recorded": 1,
        "published": 2,
    }


def test_a_retry_after_a_rebuild_gets_the_same_seat(world: World) -> None:
    event = world.new_event()
    before = world.claim(event, "a")
    assert before.entry is not None
    world.deps.publisher.publish(before.entry)
    world.lose()
    world.reconcile()
    again = world.claim(event, "a")
    assert again.entry is not None
    assert (again.verdict, again.entry.seat_no, again.entry.request_time) == (
        Verdict.SUCCESS,
        before.entry.seat_no,
        before.entry.request_time,
    )
    assert world.deps.gate.claim(event.event_id, "a", "another").verdict is Verdict.DUPLICATE


def test_a_gate_restarted_from_its_file_keeps_its_unpublished_entries(world: World) -> None:
    event = world.new_event()
    world.won(event, "unpublished", "too")
    world.raw.hset(codec.event_keys(event.event_id).rules, "runId", "0" * 40)
    assert world.claim(event, "x").verdict is Verdict.GATE_LOST
    world.reconcile()
    assert seats(world, event, "unpublished", "too", "x") == [1, 2, 3]
    world.age(event)
    world.reconcile()
    world.persist()
    assert world.deps.ledger.totals(event.event_id).entries == 3


def test_seats_without_an_owner_are_given_last(world: World) -> None:
    event = world.new_event(capacity=3)
    _, last = world.won(event, "lost", "published")
    world.deps.publisher.publish(last)
    world.lose()
    world.reconcile()
    facts = world.deps.gate.facts(event.event_id)
    assert facts is not None
    assert (facts.issued, facts.free, facts.remaining) == (2, 1, 2)
    assert sorted(seats(world, event, "x", "y")) == [1, 3]
    assert world.claim(event, "z").verdict is Verdict.LIMIT_EXCEEDED


def test_late_records_of_the_old_epoch_reclaim_only_free_seats(world: World) -> None:
    event = world.new_event(capacity=3)
    early, late = world.won(event, "early", "late")
    world.lose()
    world.reconcile()  # neither was published: the gate starts anew
    assert seats(world, event, "other") == [1]
    world.deps.publisher.publish_all([early, late])  # what was on its way all the time
    world.persist()
    assert world.deps.ledger.seats.by_user(event.event_id, ["early", "late"]) == {"late": 2}
    (letter,) = world.deps.ledger.dead_letters.list(event_id=event.event_id, state=None, limit=9)
    assert (letter.user_id, letter.seat_no, letter.reason) == ("early", 1, "stale_epoch")
    assert seats(world, event, "early") == [3], "who was promised nothing may still join"


def test_an_entry_of_a_stale_gate_whose_seat_is_taken_is_dropped(world: World) -> None:
    """A failover to a replica that had missed the last claims, which gave a seat anew."""
    event = world.new_event(capacity=2)
    (stale,) = world.won(event, "stale")
    world.deps.publisher.publish(replace(stale, user_id="owner", attempt_id="a-owner"))
    world.persist()
    world.raw.hset(codec.event_keys(event.event_id).rules, "runId", "0" * 40)
    world.reconcile()
    assert world.deps.gate.entry(event.event_id, "stale") is None
    assert seats(world, event, "owner", "stale") == [1, 2]


def test_a_dead_lettered_seat_is_not_given_again(world: World) -> None:
    event = world.new_event(capacity=2)
    (won,) = world.won(event, "a")
    world.deps.ledger.update_event(replace(event, capacity=1))
    world.deps.publisher.publish(replace(won, seat_no=2))
    world.persist()
    world.deps.ledger.update_event(event)
    world.lose()
    world.reconcile()
    assert seats(world, event, "x", "y") == [1]


def test_an_interrupted_rebuild_leaves_the_gate_closed_until_the_next(world: World) -> None:
    event = world.new_event()
    (entry,) = world.won(event, "a")
    rebuild = world.deps.gate.rebuild_session(event.event_id)
    rebuild.freeze()
    world.deps.ledger.raise_epoch(event.event_id)
    rebuild.put([entry], pending=True)
    assert world.claim(event, "b").verdict is Verdict.GATE_LOST
    world.reconcile()
    assert seats(world, event, "a", "b") == [1, 2]


def test_only_one_rebuild_runs_at_a_time(world: World) -> None:
    event = world.new_event()
    with world.another_ledger() as second, world.deps.ledger.database.advisory_lock("rebuild"):
        other = replace(world, deps=replace(world.deps, ledger=second))
        with pytest.raises(LedgerError, match=r"^Another rebuild"):
            other.rebuild(event)
    assert world.claim(event, "a").verdict is Verdict.SUCCESS, "the gate stayed open"


def test_a_rebuild_reports_what_it_found(world: World) -> None:
    event = world.new_event(capacity=9)
    recorded, published, _held = world.won(event, "recorded", "published", "held")
    world.deps.publisher.publish(recorded)
    world.persist()
    world.deps.publisher.publish_all([published, an_entry(event.event_id, 5, "ahead")])
    (rebuilt,) = world.rebuild(event)
    assert (rebuilt.from_ledger, rebuilt.from_stream, rebuilt.from_gate, rebuilt.dropped) == (1, 2, 1, 0)
    assert (rebuilt.issued, rebuilt.free, rebuilt.event.epoch) == (5, 1, 2)
