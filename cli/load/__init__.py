"""A bounded rush: so many attempts by so many people over so many connections, and what became of them."""

from cli.load.contract import Answer
from cli.load.generator import run
from cli.load.plan import Plan
from cli.load.tally import Tally

__all__ = ["Answer", "Plan", "Tally", "run"]
