"""Records of every invalid kind amid thousands of entries, one of whose events has lost its gate."""

import base64
from itertools import chain
from typing import Any

from eventrush.gate.gate import Gate
from eventrush.ledger.dead_letters import Reason
from eventrush.ledger.ledger import Ledger
from eventrush.models import Entry, Event
from eventrush.stream.message import encode
from persist import handler
from persist.dependencies import Dependencies
from tests.deliveries import an_entry
from tests.integration.conftest import new_id
from tests.samples import sample

SEATS = 3331  # of each of three events: with the seven invalid records, 10,000


def record_of(entry: Entry) -> dict[str, Any]:
    """Return an entry's record as the mapping has it, without its position."""
    key, value, headers = encode(entry)
    return {
        "timestamp": 1795338000123,
        "timestampType": "CREATE_TIME",
        "key": base64.b64encode(key or b"").decode(),
        "value": base64.b64encode(value or b"").decode(),
        "headers": [{name: list(raw)} for name, raw in headers if isinstance(raw, bytes)],
    }


def invalid_records(event_id: str) -> list[dict[str, Any]]:
    """Return the records of persist-poison.json, those of the default event as records of this one."""
    records = [dict(record) for batch in sample("persist-poison")["records"].values() for record in batch]
    for record in records:
        value = base64.b64decode(record["value"]).replace(b'"default"', f'"{event_id}"'.encode())
        beyond = value.replace(b'"seatNo":101,', f'"seatNo":{SEATS + 1},'.encode())
        record["value"] = base64.b64encode(beyond).decode()
    return records


def test_invalid_records_keep_neither_their_neighbours_nor_the_partition_waiting(
    real_gate: Gate, real_ledger: Ledger
) -> None:
    events = [Event(new_id(), "An event", SEATS) for _ in range(3)]
    for event in events:
        real_ledger.add_event(event)
    *open_events, lost = events
    for event in open_events:
        assert real_gate.create(event)
    real_gate.replace_registry([event.event_id for event in events])
    real_ledger.raise_epoch(lost.event_id)  # by a rebuild that was interrupted

    seats = range(1, SEATS + 1)
    records = list(
        chain.from_iterable([record_of(an_entry(event.event_id, seat)) for event in events] for seat in seats)
    )
    topic, invalid = new_id(), {}
    for index, record in enumerate(invalid_records(open_events[0].event_id)):
        invalid[1000 * (index + 2)] = record
        records.insert(1000 * (index + 2), record)
    for offset, record in enumerate(records):
        record.update(topic=topic, partition=0, offset=offset)
    assert len(records) == 10_000

    handler.handle(
        {"eventSource": "aws:kafka", "records": {f"{topic}-0": records}}, Dependencies(real_gate, real_ledger.batch)
    )

    letters = real_ledger.dead_letters.list(event_id=None, state=None, limit=100)
    reasons = {letter.record.offset: letter.reason for letter in letters if letter.record.topic == topic}
    assert reasons == dict(
        zip(
            invalid,
            [
                Reason.MALFORMED,
                Reason.MALFORMED,
                Reason.UNKNOWN_EVENT,
                Reason.BEYOND_CAPACITY,
                Reason.MALFORMED,
                Reason.MALFORMED,
                Reason.MALFORMED,
            ],
            strict=True,
        )
    )
    assert [real_ledger.totals(event.event_id).entries for event in events] == [SEATS, SEATS, 0]
    assert sorted(real_ledger.parked.seats(lost.event_id)) == list(seats)
