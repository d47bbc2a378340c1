"""The metrics of the functions: their names, and when they are flushed; Powertools reads the namespace."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from eventrush.models import Verdict

if TYPE_CHECKING:  # join needs the names, and not Powertools, which takes a sixth of its init
    from aws_lambda_powertools import Metrics

COUNT: Final = "Count"

VERDICT_METRICS: Final = {
    verdict: "Verdict" + "".join(word.capitalize() for word in verdict.name.split("_")) for verdict in Verdict
}


@contextmanager
def flushed(metrics: "Metrics") -> Iterator[None]:
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
