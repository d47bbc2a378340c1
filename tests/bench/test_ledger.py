"""From verdict to row: rushes that everybody wins, a steady stream of winners, and rows a second of a batch."""

import asyncio
import time
from collections.abc import Callable, Iterable
from functools import partial
from itertools import batched, islice
from typing import Any

import pytest

from admin.service import Admin
from cli import generator
from cli.generator import Plan, Tally, crowd
from cli.judge import await_rows, judge, read_rows
from eventrush.ledger.sql import load
from eventrush.models import Entry
from local import template
from local.http_api import HttpApi
from persist import handler
from persist.dependencies import Dependencies
from tests.bench.batches import entries, mapping_event
from tests.bench.conftest import MANY, NewEvent, until_recorded
from tests.bench.load import SECONDS, Figures, Meter, Subject, in_turns, medians, ratio

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

RUSHES = (20_000, 100_000)
STEADY_PER_S = 500
ROWS = 20_000
ONE_BY_ONE = 1_000
# The row's own time is its insert's; the commit follows within milliseconds.
DELAYS = (
    "SELECT TIMESTAMPDIFF(MICROSECOND, request_time, recorded_at) FROM event_join WHERE event_id = %s"
    " ORDER BY request_time"
)


@pytest.mark.parametrize("winners", RUSHES)
def test_the_last_winner_of_a_rush_is_recorded_soon(
    winners: int, api: HttpApi, settings: dict[str, str], new_event: NewEvent, figures: Figures
) -> None:
    """Within 3 s of the last verdict, each of them once."""
    event_id, tally = new_event(winners), Tally()
    plan = Plan(api.url, event_id, crowd(winners, winners, seed=1), concurrency=100)
    asyncio.run(generator.run(plan, tally))
    took_s = await_rows(settings, event_id, winners, tally.ended_at)
    judgement = judge(tally.replies, read_rows(settings, event_id), winners)
    figures.setdefault("rushes", {})[str(winners)] = {
        **tally.speed(),
        "secondsToLastRow": took_s and round(took_s, 3),
        "consistent": judgement.consistent,
    }
    assert tally.counts["SUCCESS"] == judgement.rows == winners
    assert judgement.consistent, judgement
    assert took_s is not None
    assert took_s < 3


def test_winners_that_come_steadily_are_recorded_within_a_window(
    api: HttpApi, meter: Meter, admin: Admin, new_event: NewEvent, figures: Figures
) -> None:
    """An open loop; half a second longer than the mapping's batching window at most."""
    [mapping] = template.load().consumer().mappings
    event_id = new_event(MANY)
    subject = Subject(api, event_id, settle=partial(until_recorded, admin, event_id))
    meter(subject, 2, rate=STEADY_PER_S)
    load = meter(subject, 2 * SECONDS, rate=STEADY_PER_S)
    with admin.ledger.database.transaction() as cursor:
        cursor.execute(DELAYS, (event_id,))
        found = [delay_us / 1000 for (delay_us,) in cursor.fetchall()]
    warm = sorted(found[len(found) // 4 :])
    figures["steady"] = {
        "winnersPerS": load["requestsPerS"],
        "p50Ms": round(warm[len(warm) // 2]),
        "p99Ms": round(warm[len(warm) * 99 // 100]),
        "windowMs": round(mapping.window_s * 1000),
    }
    assert load["requestsPerS"] >= 0.95 * STEADY_PER_S
    assert figures["steady"]["p99Ms"] <= figures["steady"]["windowMs"] + 500


def test_persist_beside_the_drivers_own_insert(admin: Admin, new_event: NewEvent, figures: Figures) -> None:
    """At least ten times one insert a commit; the driver's own multi-row insert is as fast as rows can be."""
    [mapping] = template.load().consumer().mappings
    events = {name: new_event(MANY) for name in ("persist", "multiRow", "single")}
    deps = Dependencies(admin.gate, admin.ledger.batch)
    fresh = {name: iter(entries(event_id, 10**6)) for name, event_id in events.items()}

    def take(
        name: str, count: int, prepare: Callable[[list[Entry]], Any], write: Callable[[Any], None], batch: int
    ) -> Figures:
        """Write the next entries in batches and return rows a second."""
        batches = [prepare(list(each)) for each in batched(islice(fresh[name], count), batch, strict=False)]
        started = time.perf_counter()
        for each in batches:
            write(each)
        return {"rowsPerS": round(count / (time.perf_counter() - started))}

    def persist(event: dict[str, Any]) -> None:
        handler.handle(event, deps)

    insert = partial(_insert, admin)
    measures = {
        "persist": partial(take, "persist", ROWS, mapping_event, persist, mapping.batch_size),
        "multiRow": partial(take, "multiRow", ROWS, _rows, insert, mapping.batch_size),
        "single": partial(take, "single", ONE_BY_ONE, _rows, insert, 1),
    }
    in_turns(measures, rounds=1)
    rounds = in_turns(measures)
    figures["persist"] = {
        **{f"{name}RowsPerS": found["rowsPerS"] for name, found in medians(rounds).items()},
        "batchSize": mapping.batch_size,
        "toMultiRow": ratio(rounds, "persist", "multiRow", "rowsPerS"),
        "toSingle": ratio(rounds, "persist", "single", "rowsPerS"),
    }
    assert admin.ledger.totals(events["persist"]).entries == ROWS * (len(rounds) + 1)
    assert figures["persist"]["toSingle"] >= 10


def _rows(batch: Iterable[Entry]) -> list[tuple[object, ...]]:
    return [
        (one.event_id, one.seat_no, one.user_id, one.request_time.replace(tzinfo=None), one.attempt_id, one.epoch)
        for one in batch
    ]


def _insert(admin: Admin, rows: list[tuple[object, ...]]) -> None:
    """Insert rows in one commit, as the driver does it: executemany makes one statement of several rows."""
    with admin.ledger.database.transaction() as cursor:
        cursor.executemany(load("batch")["insert_entries"], rows)
