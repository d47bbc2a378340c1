"""The commands of a rebuild in the gate: freeze an event, write its entries, reopen it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Final
from uuid import uuid4

from eventrush.errors import GateLostError
from eventrush.gate.codec import decode_entry, encode_entry, encode_rules, event_keys
from eventrush.gate.connection import RUN_ID
from eventrush.gate.remembered import filter_bits
from eventrush.gate.scripts import Scripts
from eventrush.models import Entry, Event
from eventrush.timestamps import to_us

_CHUNK: Final = 1000
# How long Redis keeps the list of free seats of an interrupted rebuild (seconds).
_GATHERED_TTL_S: Final = 3600


class RebuildSession:
    """One rebuild of one event's gate. Every method raises `GateUnavailableError` when Redis does not answer.

    Each write raises `GateLostError` when the server has changed since `freeze`, or another rebuild has started.
    """

    def __init__(self, scripts: Scripts, event_id: str) -> None:
        """Take the gate's scripts and the event."""
        self.event_id = event_id
        self._scripts = scripts
        self._keys = event_keys(event_id)
        self._run_id = ""
        self._mark = f"rebuild:{uuid4().hex}"

    def freeze(self) -> int:
        """Refuse claims from now on, and note which server is rebuilt; returns the event's epoch (0 without rules)."""
        run_id, epoch = self._scripts.call("freeze", (self._keys.rules,), RUN_ID, self._mark)
        self._run_id = run_id.decode()
        return int(epoch)

    def scan_entries(self) -> Iterator[list[Entry]]:
        """Iterate over the gate's entries in chunks of about a thousand; an entry may be returned twice."""
        with self._scripts.client() as client:
            cursor = 0
            while True:
                cursor, chunk = client.hscan(self._keys.entries, cursor, count=_CHUNK)
                yield [decode_entry(self.event_id, user.decode(), value) for user, value in chunk.items()]
                if cursor == 0:
                    return

    def create_filter(self, event: Event) -> None:
        """Begin the filter of confirmed entries, under the new epoch."""
        keys = (self._keys.rules, self._keys.confirmed)
        bits = filter_bits(event.capacity)
        self._require(self._scripts.call("create_filter", keys, self._mark, event.epoch, bits))

    def put_recorded(self, entries: Sequence[Entry], epoch: int) -> None:
        """Write entries that the ledger has recorded, under the new epoch."""
        self._write("put", [(entry.user_id, encode_entry(entry, epoch), "") for entry in entries])
        self._scripts.confirm(self._keys, self._mark, [entry.user_id for entry in entries])

    def put_pending(self, entries: Iterable[tuple[Entry, datetime]], epoch: int) -> None:
        """Write entries that are pending, under the new epoch, each with the time of its last send (aware UTC)."""
        self._write("put", [(entry.user_id, encode_entry(entry, epoch), to_us(sent_at)) for entry, sent_at in entries])

    def remove(self, user_ids: Iterable[str]) -> None:
        """Delete the entries of these users, whose seats belong to others."""
        self._write("remove", [(user_id,) for user_id in user_ids])

    def reopen(self, event: Event, issued: int, free: Sequence[int], expires_at: datetime | None) -> None:
        """Accept claims again, under the event's rules and epoch; the keys expire (aware UTC), or never."""
        gathered = f"{self._keys.free}:{self._mark}"
        with self._scripts.client() as client, client.pipeline(transaction=True) as pipeline:
            pipeline.delete(gathered)
            for chunk in batched(free, _CHUNK, strict=False):
                pipeline.rpush(gathered, *chunk)
            pipeline.expire(gathered, _GATHERED_TTL_S)
            pipeline.execute()
        expires_ms = to_us(expires_at) // 1000 if expires_at else 0
        args = (self._run_id, self._mark, *encode_rules(event), event.epoch, issued, expires_ms)
        self._require(self._scripts.call("reopen", (*self._keys, gathered), RUN_ID, *args))

    def _write(self, script: str, rows: Sequence[tuple[str | int, ...]]) -> None:
        """Call a script of writes in chunks; each call checks that this rebuild is still the one in progress."""
        keys = (self._keys.rules, self._keys.entries, self._keys.pending)
        for chunk in batched(rows, _CHUNK, strict=False):
            arguments = (argument for row in chunk for argument in row)
            self._require(self._scripts.call(script, keys, RUN_ID, self._run_id, self._mark, *arguments))

    def _require(self, is_done: int) -> None:
        if not is_done:
            raise GateLostError(f"The gate of event {self.event_id} changed while it was rebuilt.")
