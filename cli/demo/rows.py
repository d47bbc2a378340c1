"""Wait for rows, and read them."""

import time
from collections.abc import Iterator

from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from admin.service import Admin
from cli.demo.audit import Pair

PATIENCE_S = 60


def await_rows(admin: Admin, event_id: str, count: int, since: float) -> float | None:
    """Return how long after `since` (monotonic seconds) the event had so many rows; None where it has not in time."""

    def there() -> bool:
        return admin.ledger.totals(event_id).entries >= count

    try:
        Retrying(stop=stop_after_delay(PATIENCE_S), wait=wait_fixed(0.02), retry=retry_if_not_result(bool))(there)
    except RetryError:
        return None
    return time.monotonic() - since


def read(admin: Admin, event_id: str) -> Iterator[Pair]:
    """Give user and seat of every row of an event."""
    for entries in admin.ledger.seats.entries(event_id):
        for entry in entries:
            yield entry.user_id, entry.seat_no
