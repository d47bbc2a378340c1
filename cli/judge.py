"""The judge: compares what clients were told with the rows, seen from outside.

It shares no code with the functions: it reads the rows by SQL of its own and knows nothing but the public contract.
"""

import ssl
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any, Final

import pymysql
from pymysql.connections import Connection
from pymysql.cursors import Cursor
from tenacity import RetryError, Retrying, retry_if_not_result, stop_after_delay, wait_fixed

from cli.contract import Reply
from cli.order import Explanation, Order, judge_order

_TIMEOUT_S: Final = 10
_AWAIT_ROWS_S: Final = 60.0
_SERVER_ERROR: Final = 500
_OF_WINNERS: Final = ("SUCCESS", "DUPLICATE")
_ROWS: Final = "SELECT seat_no, user_id, epoch, request_time FROM event_join WHERE event_id = %s ORDER BY seat_no"


@dataclass(frozen=True, slots=True)
class Row:
    """A recorded entry; epoch and request time are what the row says of it, not what was promised."""

    seat_no: int
    user_id: str
    epoch: int = field(default=1, compare=False)
    request_time: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is recorded, and five counts that must be zero.

    `lost`: promises without their row. `oversold`: rows, winners, or recorded or promised seat numbers beyond the
    capacity. `doubled`: seats of two users and users with two seats. `false_duplicates`: users told that they had a
    seat that nobody promised them, winners whose own attempt was told something else later, and winners whose other
    attempt, sent later, was refused. `inversions`: users who were served before somebody who came first, by name in
    `order`; None where the replies carry no times.
    """

    rows: int
    distinct_users: int
    distinct_seats: int
    min_seat: int
    max_seat: int
    lost: int
    oversold: int
    doubled: int
    false_duplicates: int
    inversions: int | None = None
    order: Order = field(default_factory=Order)

    @property
    def consistent(self) -> bool:
        """Whether the five counts are zero."""
        return not (self.lost or self.oversold or self.doubled or self.false_duplicates or self.inversions)

    def figures(self) -> dict[str, int | None]:
        """Return everything as reports show it."""
        return {
            "rows": self.rows,
            "distinctUsers": self.distinct_users,
            "distinctSeats": self.distinct_seats,
            "minSeat": self.min_seat,
            "maxSeat": self.max_seat,
            "lost": self.lost,
            "oversold": self.oversold,
            "doubled": self.doubled,
            "falseDuplicates": self.false_duplicates,
            "inversions": self.inversions,
        }


def judge(
    replies: Iterable[Reply],
    rows: Collection[Row],
    capacity: int,
    *,
    during_faults: Iterable[Reply] = (),
    explanations: Iterable[Explanation] = (),
) -> Judgement:
    """Compare every reply with all rows of an event.

    `during_faults` are replies that came while servers failed: a DUPLICATE there may name a seat whose promise nobody
    received and which a fault took back since. `explanations` list the seats that were added, freed or reclaimed.
    """
    calm, faulty = list(replies), list(during_faults)
    told = [reply for reply in (*calm, *faulty) if reply.settled]
    promises = {Row(reply.seat_no or 0, reply.user_id) for reply in told if reply.won}
    winners = {row.user_id for row in promises}
    seats = [row.seat_no for row in rows]
    # Promises too: the ledger records no seat beyond the capacity, and two seats of one user are one winner.
    highest = max((row.seat_no for row in (*rows, *promises)), default=0)
    timed = any(reply.answered_at for reply in told)
    order = judge_order([*calm, *faulty], by_user(rows), explanations) if timed else Order()
    return Judgement(
        rows=len(rows),
        distinct_users=len({row.user_id for row in rows}),
        distinct_seats=len(set(seats)),
        min_seat=min(seats, default=0),
        max_seat=max(seats, default=0),
        lost=len(promises - set(rows)),
        oversold=max(0, len(rows) - capacity, len(winners) - capacity, highest - capacity),
        doubled=sum(
            _repeated(row.seat_no for row in one) + _repeated(row.user_id for row in one) for one in (rows, promises)
        ),
        false_duplicates=_changed(told) + len(_denied(told)) + len(_false_duplicates(calm, faulty, promises)),
        inversions=len(order.inversions) if timed else None,
        order=order,
    )


def by_user(rows: Iterable[Row]) -> dict[str, tuple[int, int]]:
    """Return seat and epoch of each user's row, as the judge of the order takes them."""
    return {row.user_id: (row.seat_no, row.epoch) for row in rows}


def _repeated[T](values: Iterable[T]) -> int:
    """Count how often a value came that had come before."""
    return sum(count - 1 for count in Counter(values).values())


def _false_duplicates(calm: list[Reply], faulty: list[Reply], promises: set[Row]) -> set[str]:
    """Return the users with a DUPLICATE but no promise, or, while nothing failed, a promise of another seat."""
    winners = {row.user_id for row in promises}
    # An attempt that was never answered may have taken the seat; the user's other attempt is a duplicate then.
    explained = winners | _unanswered((*faulty, *calm))
    duplicates = [reply for reply in calm if reply.settled and reply.result == "DUPLICATE"]
    other_seat = {
        reply.user_id
        for reply in duplicates
        if reply.user_id in winners and Row(reply.seat_no or 0, reply.user_id) not in promises
    }
    duplicates += [reply for reply in faulty if reply.settled and reply.result == "DUPLICATE"]
    return other_seat | {reply.user_id for reply in duplicates if reply.user_id not in explained}


def _unanswered(replies: Collection[Reply]) -> set[str]:
    """Return the users with an attempt that never got a reply with a decision."""
    decided = {(reply.user_id, reply.key) for reply in replies if reply.settled and reply.key}
    return {
        reply.user_id
        for reply in replies
        if (reply.status == 0 or reply.status >= _SERVER_ERROR) and (reply.user_id, reply.key) not in decided
    }


def _changed(told: Iterable[Reply]) -> int:
    """Count the attempts that won and, when they asked again, were told anything but their seat."""
    by_attempt: defaultdict[tuple[str, str], set[tuple[str, int | None]]] = defaultdict(set)
    for reply in told:
        if reply.key:
            by_attempt[reply.user_id, reply.key].add((reply.result, reply.seat_no))
    changed = [results for results in by_attempt.values() if len(results) > 1]
    return sum(any(result == "SUCCESS" for result, _seat in results) for results in changed)


def _denied(told: Collection[Reply]) -> set[str]:
    """Return the winners who were told later, in another attempt, that they are none."""
    promised_at: dict[str, float] = {}
    for reply in told:
        if reply.won:
            promised_at[reply.user_id] = min(reply.answered_at, promised_at.get(reply.user_id, inf))
    won = {(reply.user_id, reply.key) for reply in told if reply.won and reply.key}
    return {
        reply.user_id
        for reply in told
        if reply.sent_at > promised_at.get(reply.user_id, inf)
        and reply.result not in _OF_WINNERS
        and (reply.user_id, reply.key) not in won
    }


def read_rows(settings: Mapping[str, str], event_id: str) -> list[Row]:
    """Return the rows of an event from the MySQL that MYSQL_* name; raises `pymysql.Error`."""
    with closing(_connect(settings)) as connection, connection.cursor() as cursor:
        cursor.execute(_ROWS, (event_id,))
        return [Row(*row) for row in cursor.fetchall()]


def count_rows(settings: Mapping[str, str], event_id: str) -> int:
    """Return how many rows an event has; raises `pymysql.Error`."""
    with closing(_connect(settings)) as connection:
        return _count(connection, event_id)


def await_rows(
    settings: Mapping[str, str], event_id: str, count: int, since: float, within_s: float = _AWAIT_ROWS_S
) -> float | None:
    """Return how many seconds after `since` (monotonic clock) the event had `count` rows; None where it has not."""
    poll = Retrying(stop=stop_after_delay(within_s), wait=wait_fixed(0.02), retry=retry_if_not_result(bool))
    with closing(_connect(settings)) as connection:
        try:
            poll(lambda: _count(connection, event_id) >= count)
        except RetryError:
            return None
    return time.monotonic() - since


def _count(connection: "Connection[Cursor]", event_id: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM event_join WHERE event_id = %s", (event_id,))
        [(count,)] = cursor.fetchall()
        return int(count)


def _connect(settings: Mapping[str, str]) -> "Connection[Cursor]":
    return pymysql.connect(
        host=settings["MYSQL_HOST"],
        port=int(settings.get("MYSQL_PORT", "3306")),
        user=settings["MYSQL_USER"],
        password=settings.get("MYSQL_PASSWORD", ""),
        database=settings.get("MYSQL_DATABASE", "eventrush"),
        autocommit=True,  # every query sees the rows as they are now
        connect_timeout=_TIMEOUT_S,
        read_timeout=_TIMEOUT_S,
        **_tls(settings),
    )


def _tls(settings: Mapping[str, str]) -> dict[str, Any]:
    """Return no TLS, or TLS that takes any certificate, as a server on this machine makes its own."""
    if settings.get("MYSQL_TLS", "off") == "off":
        return {"ssl_disabled": True}  # without it pymysql loads every CA certificate, 30 ms a connection
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}
