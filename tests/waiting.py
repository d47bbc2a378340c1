"""Wait for a condition instead of sleeping."""

from collections.abc import Callable
from typing import Literal, cast

from tenacity import Retrying, retry_if_not_result, stop_after_delay, wait_fixed


def until[T](condition: Callable[[], T | Literal[False] | None], within_s: float = 30) -> T:
    """Return the condition's result as soon as it is true; raise `RetryError` when it is not within the time."""
    waiting = Retrying(stop=stop_after_delay(within_s), wait=wait_fixed(0.01), retry=retry_if_not_result(bool))
    return cast("T", waiting(condition))
