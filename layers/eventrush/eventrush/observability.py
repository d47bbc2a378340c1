"""The metrics of the functions, by one set of names; their namespace is among the variables that Powertools reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from eventrush.verdict import Verdict

COUNT: Final = MetricUnit.Count

VERDICT_METRICS: Final = {
    verdict: "Verdict" + "".join(word.capitalize() for word in verdict.name.split("_")) for verdict in Verdict
}


@contextmanager
def emitting(metrics: Metrics) -> Iterator[None]:
    """Emit what an invocation counted, if anything, and begin the next with nothing.

    Powertools' own decorator warns of an invocation that counts nothing, and where metrics are disabled it keeps what
    was counted and prints every hundred.
    """
    try:
        yield
    finally:
        if metrics.metric_set:
            metrics.flush_metrics()
            metrics.clear_metrics()
