"""How far an event is behind the API: what is pending at the gate and recorded in the ledger."""

from dataclasses import dataclass
from typing import Self

from admin.service import Admin
from eventrush.errors import EventrushError


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment's figures; None where the servers did not say."""

    pending: int | None = None
    rows: int | None = None

    @classmethod
    def of(cls, admin: Admin, event_id: str) -> Self:
        """Ask gate and ledger; one that does not answer now is left out."""
        try:
            facts = admin.gate.facts(event_id)
            return cls(facts.pending if facts else None, admin.ledger.totals(event_id).entries)
        except EventrushError:
            return cls()
