"""What a rebuild does to the gate: shut it, put entries in their places, reopen it."""

from collections.abc import Callable, Iterator, Sequence
from itertools import batched
from typing import Final
from uuid import uuid4

from eventrush import clock
from eventrush.entry import Entry
from eventrush.errors import GateLostError
from eventrush.event import Event
from eventrush.gate import held, keys, rules
from eventrush.gate.scripts import Scripts

# What a rebuild that died has gathered is of no use to the next.
_FOUND_FOR_S: Final = 3600


class GateRebuild:
    """The gate of one event while it is rebuilt. Every method raises `GateUnavailableError` if Redis is away."""

    def __init__(self, scripts: Scripts, event_id: str) -> None:
        """Take the gate's scripts and the event."""
        self._scripts = scripts
        self._event_id = event_id
        self._keys = keys.of_event(event_id)
        self._run_id = ""
        self._mark = f"rebuild:{uuid4().hex}"

    def shut(self) -> int:
        """Refuse claims from now on, and remember which server is being rebuilt; gives the epoch it was in, or 0."""
        run_id, epoch = self._scripts.identified("shut", (self._keys.rules,), self._mark)
        self._run_id = run_id.decode()
        return int(epoch)

    def entries_but(self, known: Callable[[str, int], bool]) -> Iterator[list[Entry]]:
        """Give what the gate holds but for the users and seats that are known, some hundreds at a time, or none.

        An entry may come twice.
        """
        with self._scripts.client() as client:
            cursor = 0
            while True:
                cursor, chunk = client.hscan(self._keys.entries, cursor, count=1000)
                yield [
                    held.read(self._event_id, user.decode(), text, 0)
                    for user, text in chunk.items()
                    if not known(user.decode(), held.seat_no(text))
                ]
                if cursor == 0:
                    return

    def put(self, entries: Sequence[Entry], *, pending: bool) -> None:
        """Hold these entries; `pending` ones are still to be recorded, the others are not."""
        if not entries:
            return
        with self._scripts.client() as client, client.pipeline(transaction=False) as pipeline:
            pipeline.hset(self._keys.entries, mapping={entry.user_id: held.write(entry) for entry in entries})
            if pending:
                pipeline.zadd(self._keys.pending, {e.user_id: clock.to_us(e.request_time) for e in entries}, nx=True)
            else:
                pipeline.zrem(self._keys.pending, *(entry.user_id for entry in entries))
            pipeline.execute()

    def drop(self, user_ids: Sequence[str]) -> None:
        """Forget entries whose seats are others' by now."""
        if not user_ids:
            return
        with self._scripts.client() as client, client.pipeline(transaction=False) as pipeline:
            pipeline.hdel(self._keys.entries, *user_ids)
            pipeline.zrem(self._keys.pending, *user_ids)
            pipeline.execute()

    def reopen(self, event: Event, issued: int, free: Sequence[int]) -> None:
        """Admit again under the event's rules and epoch.

        Raises `GateLostError` when the server has changed since `shut`, or another rebuild has begun.
        """
        found = keys.found_free(self._event_id, self._mark)
        with self._scripts.client() as client, client.pipeline(transaction=True) as pipeline:
            pipeline.delete(found)
            for some in batched(free, 1000, strict=False):
                pipeline.rpush(found, *some)
            pipeline.expire(found, _FOUND_FOR_S)
            pipeline.execute()
        touched = (self._keys.rules, self._keys.free, found)
        given = (self._run_id, self._mark, *rules.arguments(event), event.epoch, issued)
        if not self._scripts.identified("reopen", touched, *given):
            raise GateLostError(f"The gate of event {event.event_id} changed while it was rebuilt.")
