"""Dead letters: what arrived and cannot be an entry, kept as it arrived."""

import base64
import json
from collections.abc import Iterable

from pymysql.cursors import Cursor

from eventrush.ledger.statements import statement
from eventrush.record import DeadLetter

_LONGEST_DETAIL = 500


def insert(cursor: Cursor, letters: Iterable[DeadLetter]) -> None:
    """Keep dead letters; one that is kept already stays as it is."""
    cursor.executemany(statement("insert_dead_letters"), [_row(letter) for letter in letters])


def _row(letter: DeadLetter) -> tuple[object, ...]:
    record, entry = letter.record, letter.entry
    headers = json.dumps([[name, base64.b64encode(value).decode()] for name, value in record.headers.items()])
    return (
        record.topic,
        record.partition,
        record.offset,
        record.key,
        record.value,
        headers,
        entry.event_id if entry else None,
        entry.user_id if entry else None,
        entry.seat_no if entry else None,
        str(letter.reason),
        letter.detail[:_LONGEST_DETAIL],
        record.timestamp.replace(tzinfo=None),
    )
