"""A rebuild waits until every seat that may have been promised is in the stream, and only then reads it."""

from eventrush.rebuild import rebuild
from tests.integration.reconcile.conftest import Environment

DEADLINE_S = 3.0


def test_a_record_that_arrives_within_the_publish_deadline_is_carried(env: Environment) -> None:
    event = env.new_event()
    (entry,) = env.winners(event, "a")
    env.empty_gate()
    waits: list[float] = []

    def arrive(seconds: float) -> None:
        """Publish the entry, as a claim does that had its seat when the gate was lost."""
        waits.append(seconds)
        env.deps.publisher.publish(entry)

    deps = env.deps
    rebuild(deps.gate, deps.ledger, deps.reader, [event.event_id], publish_deadline_s=DEADLINE_S, sleep=arrive)
    assert sum(waits) >= DEADLINE_S
    assert env.status(event, "a").pending
    assert env.seats(event, "b", "a") == [2, 1]
