"""Commit what succeeded, and nothing else."""

import logging
from collections.abc import Iterable, Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition

from local.event_source.record import Lane

_logger = logging.getLogger(__name__)


class Offsets:
    """Offsets that are done and not yet committed; what cannot be committed now is tried again with the next."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._done: dict[Lane, int] = {}
        self._complained = False

    def commit(self, done: Mapping[Lane, int]) -> None:
        """Commit these, with those left from before, and wait for the broker's word.

        An error is logged, once until the next success: a broker that is away comes back, and a member of an old
        generation gets its records taken away by the next poll, so that another consumer has them again.
        """
        self._done.update(done)
        if not self._done:
            return
        partitions = [TopicPartition(topic, partition, offset) for (topic, partition), offset in self._done.items()]
        try:
            self._consumer.commit(offsets=partitions, asynchronous=False)
        except KafkaException as error:
            if not self._complained:
                _logger.warning("Offsets could not be committed: %s", error.args[0].str())
            self._complained = True
            return
        self._complained = False
        self._done.clear()

    def drop(self, lanes: Iterable[Lane]) -> None:
        """Forget partitions that are another consumer's now."""
        for lane in lanes:
            self._done.pop(lane, None)

    @property
    def pending(self) -> bool:
        """Tell whether something is left to commit."""
        return bool(self._done)
