"""Counts verdicts as log lines of CloudWatch's embedded metric format, of which an environment writes few."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from eventrush.models import Verdict

BAD_REQUEST: Final = "BadRequest"
ACCEPTED_202: Final = "Accepted202"
VERDICT_METRICS: Final = {
    verdict: "Verdict" + "".join(word.capitalize() for word in verdict.name.split("_")) for verdict in Verdict
}
# Every one of these is written at once; of the others there may be thousands a second.
_AT_ONCE: Final = {
    VERDICT_METRICS[Verdict.SUCCESS],
    VERDICT_METRICS[Verdict.GATE_LOST],
    VERDICT_METRICS[Verdict.UNAVAILABLE],
    ACCEPTED_202,
    BAD_REQUEST,
}
_BATCH_S: Final = 1.0


class VerdictCounter:
    """Writes a metric at once, or with others once a second.

    An environment that is frozen or ends keeps what it has not written; the API's access log counts every status.
    """

    def __init__(
        self, namespace: str, service: str, write: Callable[[str], object], clock: Callable[[], float] = time.time
    ) -> None:
        """Take the metrics' namespace and service, what writes a line, and a clock (seconds since 1970)."""
        self._line = (
            '{"_aws":{"Timestamp":%d,"CloudWatchMetrics":[{"Namespace":"'
            + namespace
            + '","Dimensions":[["service"]],"Metrics":[%s]}]},"service":"'
            + service
            + '",%s}\n'
        )
        self._write = write
        self._clock = clock
        self._batch: Counter[str] = Counter()
        self._written_at = 0.0

    def add(self, name: str) -> None:
        """Count one."""
        now = self._clock()
        if name in _AT_ONCE:
            self._emit({name: 1}, now)
        else:
            self._batch[name] += 1
        if self._batch and not 0 <= now - self._written_at < _BATCH_S:
            self._emit(self._batch, now)
            self._batch.clear()
            self._written_at = now

    def _emit(self, counts: Mapping[str, int], now: float) -> None:
        units = ",".join([f'{{"Name":"{name}","Unit":"Count"}}' for name in counts])
        values = ",".join([f'"{name}":{count}' for name, count in counts.items()])
        self._write(self._line % (now * 1000, units, values))
