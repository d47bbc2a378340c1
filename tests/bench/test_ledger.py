"""How soon 20,000 winners are rows, and how many rows a second a batch writes beside one insert a commit."""

import asyncio
import base64
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched, islice
from pathlib import Path
from typing import Any

import pytest

from admin.service import Admin
from cli import generator
from cli.environment import environment, kafka_options
from cli.generator import Plan, Tally, crowd
from cli.judge import await_rows, judge, read_rows
from eventrush.ledger.sql import load
from eventrush.models import Entry
from eventrush.stream.message import encode
from local import template
from local.application import application
from local.servers import Stack
from persist import handler
from persist.dependencies import Dependencies
from tests.bench.conftest import Figures
from tests.deliveries import an_entry

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

WINNERS = 20_000
ONE_BY_ONE = 2_000
WARM_UP = 200


def test_the_last_of_20_000_winners_is_recorded_soon(
    stack: Stack, new_event: Callable[[int], str], figures: Figures, tmp_path: Path
) -> None:
    """Within 3 s of the last verdict, each of them once."""
    event_id, tally = new_event(WINNERS), Tally()
    with application(environment(stack), tmp_path, **kafka_options(environment(stack))) as api:
        plan = Plan(api.url, event_id, crowd(WINNERS, WINNERS, seed=1), concurrency=100)
        asyncio.run(generator.run(plan, tally))
        took_s = await_rows(environment(stack), event_id, WINNERS, tally.ended_at)
    judgement = judge(tally.replies, read_rows(environment(stack), event_id), WINNERS)
    figures["winners"] = WINNERS
    figures["winnersPerS"] = round(tally.requests_per_s, 1)
    figures["secondsToLastRow"] = took_s and round(took_s, 3)
    assert tally.counts["SUCCESS"] == judgement.rows == WINNERS
    assert judgement.consistent, judgement
    assert took_s is not None
    assert took_s < 3


def test_batches_write_ten_times_what_single_inserts_do(
    admin: Admin, new_event: Callable[[int], str], figures: Figures
) -> None:
    """The handler, from the mapping's event to confirmed rows, beside the same insert once a commit."""
    [mapping] = template.load().consumer().mappings
    deps = Dependencies(admin.gate, admin.ledger.batch)
    batch_id, single_id = new_event(WINNERS), new_event(WINNERS)

    events = [_event(entries) for entries in batched(_entries(batch_id, WINNERS), mapping.batch_size, strict=False)]
    _insert_one_by_one(admin, _entries(single_id, WARM_UP))
    started = time.perf_counter()
    for event in events:
        handler.handle(event, deps)
    by_batch = WINNERS / (time.perf_counter() - started)

    started = time.perf_counter()
    _insert_one_by_one(admin, islice(_entries(single_id, WINNERS), WARM_UP, WARM_UP + ONE_BY_ONE))
    one_by_one = ONE_BY_ONE / (time.perf_counter() - started)

    assert admin.ledger.totals(batch_id).entries == WINNERS
    assert admin.ledger.totals(single_id).entries == WARM_UP + ONE_BY_ONE
    figures["batchSize"] = mapping.batch_size
    figures["batchedRowsPerS"] = round(by_batch)
    figures["singleRowsPerS"] = round(one_by_one)
    assert by_batch >= 10 * one_by_one


def _entries(event_id: str, count: int) -> Iterator[Entry]:
    return (an_entry(event_id, seat_no) for seat_no in range(1, count + 1))


def _insert_one_by_one(admin: Admin, entries: Iterable[Entry]) -> None:
    """Insert as the simplest consumer would: one row a commit."""
    sql = load("batch")["insert_entries"]
    for entry in entries:
        moment = entry.request_time.replace(tzinfo=None)
        row = (entry.event_id, entry.seat_no, entry.user_id, moment, entry.attempt_id, entry.epoch)
        with admin.ledger.database.transaction() as cursor:
            cursor.execute(sql, row)


def _event(entries: Sequence[Entry]) -> dict[str, Any]:
    """Return the mapping's event of these entries."""
    return {"eventSource": "aws:kafka", "records": {"bench-0": [_record(entry) for entry in entries]}}


def _record(entry: Entry) -> dict[str, Any]:
    key, value, headers = encode(entry)
    return {
        "topic": "bench",
        "partition": 0,
        "offset": entry.seat_no,
        "timestamp": 1_795_000_000_000,
        "timestampType": "CREATE_TIME",
        "key": base64.b64encode(key or b"").decode(),
        "value": base64.b64encode(value or b"").decode(),
        "headers": [{name: list(text)} for name, text in headers if isinstance(text, bytes)],
    }
