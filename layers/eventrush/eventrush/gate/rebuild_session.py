"""The commands of a rebuild in the gate: freeze an event, write its entries, reopen it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from typing import Final
from uuid import uuid4

from eventrush.errors import GateLostError
from eventrush.gate.codec import decode_entry, decode_seat_no, encode_entry, encode_rules, event_keys
from eventrush.gate.connection import RUN_ID
from eventrush.gate.scripts import Scripts
from eventrush.models import Entry, Event
from eventrush.timestamps import to_us

# How long Redis keeps the list of free seats of an interrupted rebuild (seconds).
_GATHERED_TTL_S: Final = 3600


class RebuildSession:
    """One rebuild of one event's gate. Every method raises `GateUnavailableError` when Redis does not answer."""

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

    def scan_entries(self, is_known: Callable[[str, int], bool]) -> Iterator[list[Entry]]:
        """Iterate over the gate's entries in chunks of about a thousand, without known pairs of user and seat.

        An entry may be returned twice.
        """
        with self._scripts.client() as client:
            cursor = 0
            while True:
                cursor, chunk = client.hscan(self._keys.entries, cursor, count=1000)
                yield [
                    decode_entry(self.event_id, user.decode(), value, 0)
                    for user, value in chunk.items()
                    if not is_known(user.decode(), decode_seat_no(value))
                ]
                if cursor == 0:
                    return

    def put(self, entries: Sequence[Entry], *, pending: bool) -> None:
        """Write these entries: as `pending`, or as recorded already."""
        if not entries:
            return
        with self._scripts.client() as client, client.pipeline(transaction=False) as pipeline:
            pipeline.hset(self._keys.entries, mapping={entry.user_id: encode_entry(entry) for entry in entries})
            if pending:
                pipeline.zadd(self._keys.pending, {e.user_id: to_us(e.request_time) for e in entries}, nx=True)
            else:
                pipeline.zrem(self._keys.pending, *(entry.user_id for entry in entries))
            pipeline.execute()

    def remove(self, user_ids: Sequence[str]) -> None:
        """Delete the entries of these users, whose seats belong to others."""
        if not user_ids:
            return
        with self._scripts.client() as client, client.pipeline(transaction=False) as pipeline:
            pipeline.hdel(self._keys.entries, *user_ids)
            pipeline.zrem(self._keys.pending, *user_ids)
            pipeline.execute()

    def reopen(self, event: Event, issued: int, free: Sequence[int]) -> None:
        """Accept claims again, under the event's rules and epoch.

        Raises `GateLostError` when the server has changed since `freeze`, or another rebuild has started.
        """
        gathered = f"{self._keys.free}:{self._mark}"
        with self._scripts.client() as client, client.pipeline(transaction=True) as pipeline:
            pipeline.delete(gathered)
            for chunk in batched(free, 1000, strict=False):
                pipeline.rpush(gathered, *chunk)
            pipeline.expire(gathered, _GATHERED_TTL_S)
            pipeline.execute()
        keys = (self._keys.rules, self._keys.free, gathered)
        args = (self._run_id, self._mark, *encode_rules(event), event.epoch, issued)
        if not self._scripts.call("reopen", keys, RUN_ID, *args):
            raise GateLostError(f"The gate of event {event.event_id} changed while it was rebuilt.")
