"""While Kafka does not acknowledge, a pass sends one batch and no more."""

from collections.abc import Sequence

from eventrush.models import Entry
from reconcile.redelivery import redeliver
from tests.integration.reconcile.conftest import Environment


class SilentPublisher:
    """Sends batches that nobody acknowledges."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def publish_all(self, entries: Sequence[Entry], _timeout_s: float | None = None) -> list[bool]:
        if entries:
            self.batches.append([entry.user_id for entry in entries])
        return [False] * len(entries)


def test_no_second_batch_is_sent_while_kafka_does_not_acknowledge(env: Environment) -> None:
    """Each would take the whole time-out of a send, and repeat at every pass what Kafka may have stored."""
    first, second = env.new_event(), env.new_event()
    env.winners(first, "a1", "a2")
    env.winners(second, "b")
    env.age(first)
    env.age(second)
    publisher = SilentPublisher()
    rounds = iter([True] * 5)
    redelivered = redeliver(
        env.with_deps(publisher=publisher).deps,
        [first.event_id, second.event_id],
        lambda: next(rounds, False),
        batch=1,
    )
    assert publisher.batches == [["a1"]]
    assert [redelivered[event.event_id].unacknowledged for event in (first, second)] == [1, 0]
