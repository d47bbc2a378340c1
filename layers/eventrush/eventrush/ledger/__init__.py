"""The ledger: MySQL remembers, and alone enforces one row a seat and one seat a user."""

from eventrush.ledger.batch import BatchResult
from eventrush.ledger.ledger import Ledger, Totals
from eventrush.ledger.letterbox import LetterState, Position, StoredLetter
from eventrush.ledger.wiring import connect

__all__ = ["BatchResult", "Ledger", "LetterState", "Position", "StoredLetter", "Totals", "connect"]
