"""The gate's operations, each one script and one round trip."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any, Final, Self

from redis import Redis

from eventrush.errors import ConflictError, EntryHiddenError, GateLostError, GateUnavailableError
from eventrush.gate import connection
from eventrush.gate.codec import (
    REGISTRY_KEY,
    decode_entry,
    decode_rules,
    decode_seat_no,
    encode_entry,
    encode_rules,
    event_keys,
    refusals_key,
)
from eventrush.gate.connection import RUN_ID
from eventrush.gate.rebuild_session import RebuildSession
from eventrush.gate.remembered import (
    LEASE_WAIT_S,
    MAX_PENDING,
    Moment,
    Remembered,
    Version,
    Winners,
    filter_bits,
)
from eventrush.gate.scripts import PIPELINED, Scripts
from eventrush.models import Entry, EntryStatus, Event, EventFacts, Outcome, Verdict
from eventrush.settings import GateIdentity, GateSettings, Switch
from eventrush.timestamps import from_us, to_us

# User ids in one call of a script; Lua unpacks some 8,000 at most.
_CHUNK: Final = 1000
# Bytes of a filter in one call: other clients wait for a fraction of a millisecond.
_FILTER_PART: Final = 2**17
# How long refusals of a lost event are counted (seconds).
_REFUSALS_TTL_S: Final = 60

_VERDICTS: Final = {int(verdict): verdict for verdict in Verdict}
_NO_RULES, _LOST = Verdict.UNKNOWN_EVENT, Verdict.GATE_LOST
_NO_EXPIRY: Final = -1  # of facts.lua
_RUN_ID_FIELD: Final = "-run-id"  # of the registry
_UNFINISHED: Final = 2  # of reclaim.lua, which frees only so many seats in one call
_MUST_PUBLISH: Final = 1  # of claim.lua
# The seats of an event whose retention period is over are not given again, so what is decided about them stays valid.
_EVERY_EPOCH: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Reclaimed:
    """Which of the entries have their seat, and the epoch in which the gate decided that."""

    epoch: int
    owned: list[bool]


@dataclass(frozen=True, slots=True)
class Overdue:
    """Pending entries to be sent again, the oldest first, and the age of the pending entry sent first (seconds)."""

    entries: list[Entry]
    oldest_s: float


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event's facts, and the shortest and longest time until one of its keys expires (None without an expiry)."""

    facts: EventFacts
    shortest: timedelta | None
    longest: timedelta | None


class Gate:
    """First come, first served, decided by Redis alone.

    Every method raises `GateUnavailableError` when Redis does not answer.
    """

    def __init__(
        self,
        client: Redis,
        replica_acks: int = 0,
        clock: Callable[[], float] = time.monotonic,
        *,
        remembers: bool = False,
        lease_wait_s: float = LEASE_WAIT_S,
    ) -> None:
        """Take a client of `connection.connect`; `remembers` says whether `recall` may repeat refusals."""
        self.scripts = Scripts(client, replica_acks, clock)
        self._remembered = Remembered(self._read_winners) if remembers else None
        self._lease_wait_us = round(lease_wait_s * 1e6)

    @classmethod
    def connect(cls, settings: GateSettings, *, lease_wait_s: float = LEASE_WAIT_S) -> Self:
        """Return a gate; it connects on first use.

        It remembers nothing if the run id is hidden: then a lost gate may not be noticed.
        """
        remembers = settings.remember is Switch.ON and settings.identity is GateIdentity.RUN_ID
        client = connection.connect(settings)
        return cls(client, settings.replica_acks, remembers=remembers, lease_wait_s=lease_wait_s)

    def ping(self) -> None:
        """Open a connection and identify its server, so that the first claim need not."""
        with self.scripts.client() as client:
            client.ping()

    def close(self) -> None:
        """Close the connections."""
        with self.scripts.client() as client:
            client.close()

    def recall(self, event_id: str, user_id: str) -> Outcome | None:
        """Return the refusal that a claim would get now, without asking Redis; None if the gate must be asked."""
        return self._remembered.recall(event_id, user_id) if self._remembered else None

    def claim(self, event_id: str, user_id: str, attempt_id: str) -> Outcome:
        """Claim a seat; repeating an attempt returns the same seat."""
        sent = Moment.now()
        (code, *rest), durable = self.scripts.claim(event_keys(event_id)[:4], user_id, attempt_id)
        verdict = _VERDICTS[code]
        match verdict:
            case Verdict.SUCCESS | Verdict.DUPLICATE:
                seat_no, time_us, epoch, pending = rest
                entry = Entry(event_id, user_id, seat_no, from_us(time_us), epoch, attempt_id)
                must_publish = pending == _MUST_PUBLISH
                return Outcome(verdict, entry, pending=bool(pending), must_publish=must_publish, durable=durable)
            case Verdict.LIMIT_EXCEEDED | Verdict.NOT_OPEN | Verdict.CLOSED:
                epoch, entries, changes_in_us = rest
                refusal = Outcome(verdict, changes_in_s=changes_in_us / 1e6)
                if self._remembered:
                    self._remembered.learn(event_id, refusal, Version(epoch, entries), sent)
                return refusal
            case Verdict.UNKNOWN_EVENT:
                verdict = self._lookup_event(event_id)
                if verdict is Verdict.GATE_LOST:
                    self._count_refusal(event_id)
            case Verdict.GATE_LOST:
                self._count_refusal(event_id)
                self.scripts.reconnect()
        return Outcome(verdict)

    def winners(self, event_id: str) -> Winners | None:
        """Return an open gate's winners, read in parts; None if it does not tell all of them."""
        keys = event_keys(event_id)
        used = (keys.rules, keys.entries, keys.pending, keys.confirmed)
        reply = self.scripts.call("winners", used, RUN_ID, MAX_PENDING, _FILTER_PART)
        if not reply:
            return None
        epoch, entries, first, pending, size = reply
        parts = [first]
        for start in range(_FILTER_PART, size, _FILTER_PART):
            last = start + _FILTER_PART - 1
            parts.append(self.scripts.call("winners_part", (keys.rules, keys.confirmed), RUN_ID, epoch, start, last))
        confirmed = b"".join(parts)
        return Winners(Version(epoch, entries), confirmed, frozenset(pending)) if len(confirmed) == size else None

    def entry(self, event_id: str, user_id: str) -> EntryStatus | None:
        """Return a user's entry; None if there is no such entry or event.

        Raises `EntryHiddenError` for an entry that was reclaimed just now.
        """
        keys = event_keys(event_id)
        code, *rest = self.scripts.call("entry", (keys.rules, keys.entries, keys.pending), RUN_ID, user_id)
        if code == Verdict.PAUSED:
            raise EntryHiddenError(f"The entry of {event_id} was reclaimed just now.")
        if not self._exists(event_id, code) or code == 0:
            return None
        value, pending = rest
        return EntryStatus(decode_entry(event_id, user_id, value), pending=bool(pending))

    def facts(self, event_id: str) -> EventFacts | None:
        """Return an event's rules and counters; None if there is no such event."""
        code, *rest = self.scripts.call("facts", event_keys(event_id), RUN_ID)
        return _stored_event(event_id, rest).facts if self._exists(event_id, code) else None

    def stored_events(self, event_ids: Sequence[str]) -> dict[str, StoredEvent | None]:
        """Return what the gate stores of each event, None if it is lost or does not exist; some round trips in all."""
        replies = self.scripts.call_each("facts", map(event_keys, event_ids), RUN_ID)
        return {
            event_id: None if code in (_NO_RULES, _LOST) else _stored_event(event_id, rest)
            for event_id, (code, *rest) in zip(event_ids, replies, strict=True)
        }

    def pending_counts(self, event_ids: Sequence[str]) -> dict[str, int | None]:
        """Return how many entries of each event are pending, None where it is lost; some round trips in all."""
        keys = ((keys.rules, keys.pending) for keys in map(event_keys, event_ids))
        counts = self.scripts.call_each("pending", keys, RUN_ID)
        return {event_id: count if count >= 0 else None for event_id, count in zip(event_ids, counts, strict=True)}

    def refusals(self, event_ids: Sequence[str]) -> dict[str, int]:
        """Return how many attempts at each event were refused in the last minute or so, because it is lost."""
        with self.scripts.client() as client, client.pipeline(transaction=False) as pipeline:
            counts: list[bytes | None] = []
            for chunk in batched(event_ids, PIPELINED, strict=False):
                for event_id in chunk:
                    pipeline.get(refusals_key(event_id))
                counts += pipeline.execute()
        return {event_id: int(count or 0) for event_id, count in zip(event_ids, counts, strict=True)}

    def create(self, event: Event) -> bool:
        """Write the rules of a new event; returns False if it has rules already."""
        keys, bits = event_keys(event.event_id), filter_bits(event.capacity)
        arguments = (*encode_rules(event), event.epoch, bits)
        return bool(self.scripts.call("create", (keys.rules, keys.confirmed), RUN_ID, *arguments))

    def configure(self, event: Event) -> Event:
        """Change an event's rules; claims are answered PAUSED until no environment repeats a verdict of the old ones.

        Returns the rules as they are now: an opening that has not come is not moved to before the end of that wait.
        Raises `ConflictError` if more seats are issued than the new capacity allows, `GateLostError` if the gate has no
        rules of the event.
        """
        keys = event_keys(event.event_id)
        code, *opens = self.scripts.call(
            "configure", (keys.rules, keys.free), RUN_ID, *encode_rules(event), self._lease_wait_us
        )
        _require_rules(event.event_id, code)
        if code == 0:
            raise ConflictError(f"capacity: more than {event.capacity} seats of {event.event_id} are issued already.")
        return replace(event, opens_at=from_us(opens[0]) if opens[0] else None)

    def confirm(self, event_id: str, user_ids: Sequence[str]) -> int:
        """Remove recorded entries from pending; returns how many were pending."""
        return self.scripts.confirm(event_keys(event_id), RUN_ID, user_ids)

    def forget(self, event_id: str, user_id: str, new_id: str) -> None:
        """Replace the user id and the attempt id of an entry of an event that has ended; harmless without an entry.

        Raises `ConflictError` if the event has not ended or the entry is pending, `GateLostError` while the gate is
        lost.
        """
        keys = event_keys(event_id)
        used = (keys.rules, keys.entries, keys.pending, keys.confirmed)
        code = self.scripts.call("forget", used, RUN_ID, user_id, new_id)
        _require_rules(event_id, code)
        if code == 0:
            raise ConflictError(f"Event {event_id} has not ended, or the entry is pending.")

    def reclaim(self, entries: Sequence[Entry]) -> Reclaimed:
        """Reclaim the seats of entries of one event and an older epoch; returns for each whether its user has the seat.

        If the event's retention period is over, all have it: its seats are not given again, and the ledger's unique
        keys decide. Raises `GateLostError` while the gate is lost, because the owner of a seat is then unknown.
        """
        event_id = entries[0].event_id
        pairs = [text for entry in entries for text in (entry.user_id, encode_entry(entry, entry.epoch))]
        code = _UNFINISHED
        while code == _UNFINISHED:
            keys = event_keys(event_id)[:4]
            code, *reply = self.scripts.call("reclaim", keys, RUN_ID, self._lease_wait_us, *pairs)
        if code == _NO_RULES and self._lookup_event(event_id) is Verdict.CLOSED:
            return Reclaimed(_EVERY_EPOCH, [True] * len(entries))
        _require_rules(event_id, code)
        epoch, *owned = reply
        return Reclaimed(epoch, [is_own == 1 for is_own in owned])

    def take_overdue(self, event_id: str, sent_before: datetime, limit: int) -> Overdue:
        """Take pending entries that were last sent before a moment (aware UTC), the oldest first.

        From now on they count as sent now: the caller sends them. `claim` follows the same moment for a replay.
        """
        keys = event_keys(event_id)
        moment = to_us(sent_before)
        reply = self.scripts.call("take_overdue", (keys.rules, keys.entries, keys.pending), RUN_ID, moment, limit)
        _require_rules(event_id, reply[0])
        _, now, first, *pairs = reply
        users, values = pairs[::2], pairs[1::2]
        entries = [decode_entry(event_id, user.decode(), value) for user, value in zip(users, values, strict=True)]
        given_at = decode_entry(event_id, "", first).request_time if first else from_us(now)
        return Overdue(entries, (from_us(now) - given_at).total_seconds())

    def free_seats(self, event_id: str) -> list[int]:
        """Return the issued seats that have no owner."""
        with self.scripts.client() as client:
            return [int(seat) for seat in client.lrange(event_keys(event_id).free, 0, -1)]

    def pending_seats(self, event_id: str) -> Iterator[int]:
        """Iterate over the seats of every entry that is pending throughout the iteration; some may come twice."""
        keys = event_keys(event_id)
        with self.scripts.client() as client:
            cursor = 0
            while True:
                cursor, members = client.zscan(keys.pending, cursor, count=1000)
                if members:
                    values = client.hmget(keys.entries, [user for user, _score in members])
                    yield from (decode_seat_no(value) for value in values if value)
                if cursor == 0:
                    return

    def set_expiry(self, expires_at: Mapping[str, datetime | None]) -> None:
        """Set when each event's keys expire (aware UTC); None means never."""
        with self.scripts.client() as client, client.pipeline(transaction=False) as pipeline:
            for chunk in batched(expires_at.items(), PIPELINED, strict=False):
                for event_id, moment in chunk:
                    for key in event_keys(event_id):
                        _ = pipeline.persist(key) if moment is None else pipeline.pexpireat(key, moment)
                pipeline.execute()

    def rebuild_session(self, event_id: str) -> RebuildSession:
        """Return a session that rebuilds the gate of this event."""
        return RebuildSession(self.scripts, event_id)

    def has_registry(self) -> bool:
        """Return whether the server has a registry of its own: one that restarted or took over has none."""
        server, owner = self._registry_servers()
        return server == owner

    def replace_registry(self, live: Iterable[str], retired: Iterable[str] = ()) -> None:
        """Make this the list of events that exist, by writing only what differs.

        Raises `GateUnavailableError` if the server changes meanwhile.
        """
        listed = dict.fromkeys(live, "live") | dict.fromkeys(retired, "retired")
        server, owner = self._registry_servers()
        with self.scripts.client() as client:
            found = {key.decode(): value.decode() for key, value in client.hscan_iter(REGISTRY_KEY, count=_CHUNK)}
            found.pop(_RUN_ID_FIELD, None)
            for chunk in batched(found.keys() - listed.keys(), _CHUNK, strict=False):
                client.hdel(REGISTRY_KEY, *chunk)
        different = {event_id: state for event_id, state in listed.items() if found.get(event_id) != state}
        if different or server != owner:
            self._write_registry(server, "set", different)

    def add_to_registry(self, event_ids: Iterable[str]) -> None:
        """Add events to the registry; a registry of another server is replaced."""
        server, owner = self._registry_servers()
        if server == owner:
            self._write_registry(server, "add", dict.fromkeys(event_ids, "live"))
        else:
            self.replace_registry(event_ids)

    def _registry_servers(self) -> tuple[str, str]:
        """Return the run ids of this server and of the one that the registry belongs to."""
        server, owner = self.scripts.call("registry_servers", (REGISTRY_KEY,), RUN_ID)
        return server.decode(), owner.decode()

    def _write_registry(self, server: str, mode: str, states: Mapping[str, str]) -> None:
        """Write these events in parts; only after the last part does the registry count as this server's."""
        parts = [*batched(states.items(), _CHUNK, strict=False)] or [()]
        for number, part in enumerate(parts, 1):
            place = "last" if number == len(parts) else "part"
            pairs = (text for pair in part for text in pair)
            if not self.scripts.call("write_registry", (REGISTRY_KEY,), RUN_ID, server, mode, place, *pairs):
                raise GateUnavailableError("The server changed while the registry was written.")

    def _read_winners(self, event_id: str) -> Winners | None:
        try:
            return self.winners(event_id)
        except GateUnavailableError:  # the refusal that was to be remembered is certain all the same
            return None

    def _count_refusal(self, event_id: str) -> None:
        # Without an answer the refusal is certain all the same. A demoted primary cannot count.
        self.scripts.attempt("count_refusal", (refusals_key(event_id),), _REFUSALS_TTL_S)

    def _lookup_event(self, event_id: str) -> Verdict:
        return Verdict(self.scripts.call("lookup_event", (REGISTRY_KEY,), RUN_ID, event_id))

    def _exists(self, event_id: str, code: int) -> bool:
        """Return False if an event does not exist or is retired; raise `GateLostError` if it is lost."""
        if (self._lookup_event(event_id) if code == _NO_RULES else code) == _LOST:
            raise _lost(event_id)
        return code != _NO_RULES


def _stored_event(event_id: str, reply: list[Any]) -> StoredEvent:
    """Parse what `facts.lua` returns after its code."""
    now, *fields, issued, free, pending, changing, shortest, longest = reply
    facts = EventFacts(decode_rules(event_id, fields), from_us(int(now)), int(issued), free, pending, bool(changing))
    return StoredEvent(facts, _time_left(shortest), _time_left(longest))


def _time_left(milliseconds: int) -> timedelta | None:
    return None if milliseconds == _NO_EXPIRY else timedelta(milliseconds=milliseconds)


def _require_rules(event_id: str, code: int) -> None:
    if code in (_NO_RULES, _LOST):
        raise _lost(event_id)


def _lost(event_id: str) -> GateLostError:
    return GateLostError(f"The gate has lost event {event_id} and must be rebuilt.")
