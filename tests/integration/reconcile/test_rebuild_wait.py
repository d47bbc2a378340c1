"""A rebuild waits until every seat that may have been promised is in the stream, and only then reads it."""

from tests.integration.reconcile.conftest import Environment


def test_a_record_that_arrives_within_the_publish_deadline_is_carried(env: Environment) -> None:
    event = env.new_event()
    (entry,) = env.winners(event, "a")
    env.empty_gate()
    waits: list[float] = []

    def arrive(seconds: float) -> None:
        """Publish the entry, as a claim does that had its seat when the gate was lost."""
        waits.append(seconds)
        env.deps.publisher.publish(entry)

    env.with_deps(sleep=arrive).reconcile()
    assert sum(waits) >= env.deps.publish_deadline_s
    assert env.status(event, "a").pending
    assert env.seats(event, "b", "a") == [2, 1]
