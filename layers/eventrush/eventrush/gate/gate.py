"""The gate's questions, each one script and one round trip."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING, Final

from eventrush import clock
from eventrush.entry import Entry
from eventrush.errors import ConflictError, GateLostError
from eventrush.event import Event
from eventrush.gate import held, keys, rules
from eventrush.gate.facts import EventFacts, HeldEntry, Overdue
from eventrush.gate.rebuild import GateRebuild
from eventrush.gate.scripts import Scripts
from eventrush.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from redis import Redis

# As many user ids as one call of a script takes with ease; Lua unpacks some 8,000 at most.
_CHUNK: Final = 1000

_NO_RULES, _LOST = Verdict.UNKNOWN_EVENT, Verdict.GATE_LOST


class Gate:
    """First come, first served, decided by Redis alone. Every method raises `GateUnavailableError` if it is away."""

    def __init__(self, client: "Redis", replica_acks: int = 0) -> None:
        """Take a client whose connections know their server (`connection.identify`)."""
        self.scripts = Scripts(client, replica_acks)

    def claim(self, event_id: str, user_id: str, attempt_id: str) -> Outcome:
        """Ask for a seat. The same attempt of the same user gets the same seat, however often it is asked."""
        family = keys.of_event(event_id)
        (code, *rest), durable = self.scripts.claim(family.all, user_id, attempt_id)
        if code == _NO_RULES:
            return Outcome(self._registered(event_id))
        if code == _LOST:
            self.scripts.look_again()
        verdict = Verdict(code)
        if verdict is Verdict.NOT_OPEN:
            return Outcome(verdict, opens_in_s=rest[4] / 1e6)
        if verdict not in (Verdict.SUCCESS, Verdict.DUPLICATE):
            return Outcome(verdict)
        seat_no, time_us, epoch, pending = rest
        entry = Entry(event_id, user_id, seat_no, clock.from_us(time_us), epoch, attempt_id)
        return Outcome(verdict, entry, pending=bool(pending), durable=durable)

    def confirm(self, event_id: str, user_ids: Sequence[str]) -> int:
        """Take recorded entries off pending; returns how many were pending."""
        touched = (keys.of_event(event_id).pending,)
        chunks = batched(user_ids, _CHUNK, strict=False)
        return sum(int(self.scripts.call("confirm", touched, *chunk)) for chunk in chunks)

    def adopt(self, entries: Sequence[Entry]) -> list[bool]:
        """Ask for each entry (of one event, of an older epoch) whether its seat is its own, and keep it if so.

        All are where the event is long over: no seat is given anew then, and the ledger's keys decide. Raises
        `GateLostError` while the gate is not rebuilt: nobody can tell then.
        """
        event_id = entries[0].event_id
        pairs = (text for entry in entries for text in (entry.user_id, held.write(entry)))
        code, *answers = self.scripts.identified("adopt", keys.of_event(event_id).all, *pairs)
        if code == _NO_RULES and self._registered(event_id) is Verdict.CLOSED:
            return [True] * len(entries)
        _require_held(event_id, code)
        return [answer == 1 for answer in answers]

    def entry(self, event_id: str, user_id: str) -> HeldEntry | None:
        """Tell what a user holds; None where nothing, or where there is no such event."""
        family = keys.of_event(event_id)
        code, *rest = self.scripts.identified("entry", (family.rules, family.entries, family.pending), user_id)
        if self._absent(event_id, code) or code == 0:
            return None
        raw, epoch, pending = rest
        return HeldEntry(held.read(event_id, user_id, raw, epoch), pending=bool(pending))

    def facts(self, event_id: str) -> EventFacts | None:
        """Tell an event's rules and how far it is; None where there is no such event."""
        family = keys.of_event(event_id)
        code, *rest = self.scripts.identified("facts", (family.rules, family.pending, family.free))
        if self._absent(event_id, code):
            return None
        now, *fields, issued, free, pending = rest
        return EventFacts(rules.read(event_id, fields), clock.from_us(int(now)), int(issued), free, pending)

    def create(self, event: Event) -> bool:
        """Open the books of a new event; False where there are books already."""
        family = keys.of_event(event.event_id)
        return bool(self.scripts.identified("create", (family.rules,), *rules.arguments(event), event.epoch))

    def configure(self, event: Event) -> None:
        """Bring an event's rules in line.

        Raises `ConflictError` when more seats are issued than the capacity asked for, `GateLostError` when the gate
        does not hold the event.
        """
        family = keys.of_event(event.event_id)
        code = self.scripts.identified("configure", (family.rules,), *rules.arguments(event))
        _require_held(event.event_id, code)
        if code == 0:
            raise ConflictError(f"capacity: more than {event.capacity} seats of {event.event_id} are issued already.")

    def overdue(self, event_id: str, age_s: float, limit: int) -> Overdue:
        """Tell which entries have been pending for `age_s` seconds since they were last sent, the longest first."""
        family = keys.of_event(event_id)
        code, *rest = self.scripts.identified(
            "overdue", (family.rules, family.entries, family.pending), int(age_s * 1e6), limit
        )
        _require_held(event_id, code)
        now, epoch, *pairs = rest
        entries = [
            held.read(event_id, user.decode(), text, epoch) for user, text in zip(pairs[::2], pairs[1::2], strict=True)
        ]
        return Overdue(clock.from_us(now), entries)

    def postpone(self, event_id: str, user_ids: Sequence[str]) -> None:
        """Note that these entries were sent just now."""
        if user_ids:
            self.scripts.call("postpone", (keys.of_event(event_id).pending,), *user_ids)

    def free_seats(self, event_id: str) -> list[int]:
        """Name the seats below the highest issued that have no owner."""
        with self.scripts.client() as client:
            return [int(seat) for seat in client.lrange(keys.of_event(event_id).free, 0, -1)]

    def pending_seats(self, event_id: str) -> Iterator[int]:
        """Name the seats of every entry that is pending all the while this reads; some may come twice."""
        family = keys.of_event(event_id)
        with self.scripts.client() as client:
            cursor = 0
            while True:
                cursor, members = client.zscan(family.pending, cursor, count=1000)
                if members:
                    texts = client.hmget(family.entries, [user for user, _score in members])
                    yield from (held.seat_no(text) for text in texts if text)
                if cursor == 0:
                    return

    def keep_until(self, ends: Mapping[str, datetime | None]) -> None:
        """Let the gate forget each event at its time (aware UTC), or, with None, never."""
        with self.scripts.client() as client, client.pipeline(transaction=False) as pipeline:
            for event_id, moment in ends.items():
                for key in keys.of_event(event_id).all:
                    _ = pipeline.persist(key) if moment is None else pipeline.pexpireat(key, moment)
            pipeline.execute()

    def rebuild(self, event_id: str) -> GateRebuild:
        """Give what rebuilds this event's gate."""
        return GateRebuild(self.scripts, event_id)

    def register(self, live: Iterable[str], retired: Iterable[str] = ()) -> None:
        """Write down which events exist, all of them at once."""
        self._write_registry("all", dict.fromkeys(live, "live") | dict.fromkeys(retired, "retired"))

    def enlist(self, event_ids: Iterable[str]) -> None:
        """Write down events beside those known; where nothing is known, they are all there are."""
        self._write_registry("more", dict.fromkeys(event_ids, "live"))

    def _write_registry(self, how: str, events: Mapping[str, str]) -> None:
        self.scripts.identified("register", (keys.REGISTRY,), how, *(text for pair in events.items() for text in pair))

    def _registered(self, event_id: str) -> Verdict:
        return Verdict(self.scripts.identified("known", (keys.REGISTRY,), event_id))

    def _absent(self, event_id: str, code: int) -> bool:
        """Tell an event that does not exist, or no longer, (True) from one that is there; a lost one raises."""
        _require_held(event_id, self._registered(event_id) if code == _NO_RULES else code, lost=(_LOST,))
        return code == _NO_RULES


def _require_held(event_id: str, code: int, lost: Sequence[int] = (_NO_RULES, _LOST)) -> None:
    """Raise `GateLostError` where a script's answer says that the gate does not hold the event."""
    if code in lost:
        raise GateLostError(f"The gate does not hold event {event_id} now.")
