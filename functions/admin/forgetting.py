"""Erases a person: the user id of an entry becomes a random one in the ledger, then in the gate."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from eventrush.errors import ConflictError, MalformedRecordError
from eventrush.gate.gate import Gate
from eventrush.identifiers import FORGOTTEN
from eventrush.ledger.erasure import Erased, Erasure, PersonalLetter, concerns
from eventrush.ledger.event_log import Change
from eventrush.ledger.ledger import Ledger
from eventrush.models import Entry, Phase, StreamRecord
from eventrush.stream.message import decode
from eventrush.stream.reader import Span, StreamReader

# No sentence here repeats the id: refusals are logged.
_UNKNOWN: Final = "userId: the event has nothing of this user."
_NOT_ENDED: Final = (
    "Event {event_id} has not ended: a user whose id is replaced could win a second seat. "
    "Run this again after its closing time, or some seconds after `close`."
)
_UNDECIDED: Final = "The user's entry is not recorded yet; reconcile delivers it, then run this again."
_WAITING: Final = "A record of this user waits in the stream; run this again when persist has read it."
_HELD: Final = (
    "The stream still holds the record of dead letter {position}, whose seat has no row: delivered again, it could "
    "become an entry. Run this again when the topic's retention is over."
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased of a user, and whether the gate holds the event still."""

    event_id: str
    erased: Erased
    in_gate: bool


def forget(  # noqa: PLR0913, PLR0917 what it needs, of whom, for whom
    gate: Gate, ledger: Ledger, stream: StreamReader, event_id: str, user_id: str, operator: str
) -> Forgotten:
    """Replace a user's id by a random one. If interrupted, run it again: it continues with the same random id.

    Nothing can bring the old id back: a record of the entry that is delivered again finds its seat and time in a row
    whose user was forgotten, and is ignored; a rebuild finds the seat taken. Raises `ConflictError` where that is not
    certain yet, and for a user of whom nothing is stored.
    """
    ledger.get_event(event_id)
    # A rebuild reads rows and the gate's entries one after the other; a redrive sends what it has read before.
    with ledger.database.advisory_lock("rebuild"), ledger.redrive_lock():
        _require_ended(gate, ledger, event_id)
        waiting = [at for at in stream.records(stream.spans()) if concerns(at, event_id, user_id)]
        with ledger.rules_lock():  # nobody opens the event meanwhile
            in_gate = _require_ended(gate, ledger, event_id)
            erasure = Erasure(ledger.database, event_id, user_id)
            row, letters = erasure.row(), erasure.letters()
            parked = ledger.parked.by_user(event_id, [user_id])
            status = gate.entry(event_id, user_id)
            new_id = None
            if status and not row and not status.pending:  # perhaps an interrupted run has erased it from the ledger
                new_id = erasure.forgotten_id(status.entry)
            if (status and (status.pending or not (row or new_id))) or (parked and in_gate):
                raise ConflictError(_UNDECIDED)
            recorded = status.entry if status and new_id else row
            if not all(_repeats(record, recorded) for record in waiting):
                raise ConflictError(_WAITING)
            if not (row or letters or parked or new_id):
                raise ConflictError(_UNKNOWN)
            _require_final(stream, erasure, letters)
            new_id = new_id or FORGOTTEN + secrets.token_hex(16)
            # The gate last: its entry leads an interrupted run to the row, and so to the random id.
            erased = erasure.erase(new_id, Change("forget", operator, event_id))
            if in_gate:
                gate.forget(event_id, user_id, new_id)
    return Forgotten(event_id, erased, in_gate)


def _require_ended(gate: Gate, ledger: Ledger, event_id: str) -> bool:
    """Raise `ConflictError` unless the event has ended; returns whether the gate has it."""
    facts = gate.facts(event_id)
    if facts is None:  # its retention period is over, or the gate is not written yet
        ends_at = ledger.end_times(event_id)[event_id]
        is_over = ends_at is not None and ends_at < datetime.now(UTC)
    else:
        is_over = facts.phase is Phase.CLOSED
    if not is_over:
        raise ConflictError(_NOT_ENDED.format(event_id=event_id))
    return facts is not None


def _repeats(record: StreamRecord, row: Entry | None) -> bool:
    """Return whether persist will find this record's entry recorded."""
    try:
        entry = decode(record.value, record.headers)
    except MalformedRecordError:
        return False
    return row is not None and (entry.seat_no, entry.request_time) == (row.seat_no, row.request_time)


def _require_final(stream: StreamReader, erasure: Erasure, letters: list[PersonalLetter]) -> None:
    """Raise `ConflictError` if a record, delivered again, could still become an entry of the old id."""
    recorded = erasure.recorded({letter.seat_no for letter in letters if letter.seat_no})
    for letter in letters:
        if letter.seat_no and letter.seat_no not in recorded and _is_held(stream, letter.record):
            raise ConflictError(_HELD.format(position=letter.record.position))


def _is_held(stream: StreamReader, record: StreamRecord) -> bool:
    span = Span(record.partition, record.offset, record.offset + 1)
    return any((at.position, at.value) == (record.position, record.value) for at in stream.records([span], limit=1))
