"""When the metrics of a function are flushed; Powertools reads the namespace. Join counts for itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aws_lambda_powertools import Metrics

COUNT: Final = "Count"


@contextmanager
def flushed(metrics: Metrics) -> Iterator[None]:
    """Flush the metrics that an invocation counted, if any, so that the next one starts at zero.

    Powertools' own decorator warns when an invocation counts nothing; with metrics disabled, it keeps them and prints
    every hundred.
    """
    try:
        yield
    finally:
        if metrics.metric_set:
            metrics.flush_metrics()
            metrics.clear_metrics()
